// The parts that need no server.

import Testing

@testable import RedisStore

@Suite("the breaker")
struct BreakerTests {
    @Test("opens for half a second, then longer with each failure, up to two seconds; a success closes it")
    func pauses() {
        var breaker = Breaker()
        var now = ContinuousClock.now
        #expect(breaker.remaining(at: now) == nil)
        for milliseconds in [500, 1000, 2000, 2000] {
            breaker.trip(at: now)
            #expect(breaker.isTripped)
            #expect(breaker.remaining(at: now) == .milliseconds(milliseconds))
            now += .milliseconds(milliseconds)
            #expect(breaker.remaining(at: now) == nil)
        }
        breaker.reset()
        #expect(!breaker.isTripped)
        breaker.trip(at: now)
        #expect(breaker.remaining(at: now) == .milliseconds(500))
    }
}

@Suite("the configuration")
struct ConfigurationTests {
    @Test("shows where Redis is, and never the password")
    func description() {
        let configuration = RedisConfiguration(host: "redis.example", user: "signupd", password: "battery")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(text.contains("redis.example:6379"))
            #expect(!text.contains("battery"))
        }
    }
}

@Suite("error replies")
struct ErrorReplyTests {
    @Test("are cut where they quote what was sent")
    func cut() {
        let reply = ErrorReply("ERR unknown command 'AUTH', with args beginning with: 'battery' ")
        #expect(reply.code == "ERR")
        #expect(reply.text == "ERR unknown command 'AUTH'")
    }

    @Test(
        "of a server that is busy, full or no master mean to try later, not a bug",
        arguments: [
            "LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
            "OOM command not allowed",
            "MISCONF Redis is configured to save RDB snapshots", "BUSY Redis is busy running a script", "TRYAGAIN",
        ]
    )
    func refusals(text: String) {
        #expect(ErrorReply(text).meaning == .refused)
    }
}
