// The load generator on real servers: what it counts, what it refuses to count, and from when it counts.

import Foundation
import LoadGeneration
import TestProgram
import TestServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct LoadTests {
    @Test("a closed loop sends what it was told, and times every reply after the warm-up")
    func closedLoop() throws {
        let redis = try PrivateRedis.start()
        defer { redis.stop() }
        var load = Load(redis.socketPath, .redisPings, connections: 3, inFlight: 7, seconds: 30)
        load.count = 5_000
        load.warmUp = 1_000
        let result = try load.run()
        // The ones in flight when the warm-up ended are timed too.
        #expect(result.total == 5_000)
        #expect(result.completed == 4_000)
        #expect((4_000...4_021).contains(result.latencies.count))
        #expect(result.perSecond > 0)
    }

    @Test("a closed loop ends by time, and waits for what is in flight")
    func closedLoopByTime() throws {
        let redis = try PrivateRedis.start()
        defer { redis.stop() }
        let result = try Load(redis.socketPath, .redisPings, connections: 2, inFlight: 4, seconds: 0.2).run()
        #expect(result.total == result.latencies.count)
        #expect(result.seconds > 0.15)
        #expect(result.seconds < 5)
    }

    @Test("an open loop counts a stall for every request that should have been sent in it")
    func noCoordinatedOmission() throws {
        let redis = try PrivateRedis.start()
        defer { redis.stop() }
        var load = Load(redis.socketPath, .redisPings, connections: 1, inFlight: 1, seconds: 30)
        load.pace = .open(perSecond: 200)
        load.count = 200
        try redis.pause()
        let resumption = Thread {
            Thread.sleep(forTimeInterval: 0.5)
            // If it cannot, the load says that no reply came.
            try? redis.resume()
        }
        resumption.start()
        let result = try load.run()
        // 100 of the 200 were due in the half second. A loop that starts the clock when it sends would see one slow request.
        #expect(result.latencies.count == 200)
        #expect(result.latencies.percentile(70) > 100_000_000)
        #expect(result.latencies.percentile(99) > 400_000_000)
    }

    @Test("a reply that is not the expected one ends the load")
    func unexpectedReply() throws {
        let redis = try PrivateRedis.start()
        defer { redis.stop() }
        var requests = Requests(.ordered("+PONG\r\n"))
        requests.append("*1\r\n$4\r\nPING\r\n")
        requests.append("*1\r\n$4\r\nPUNG\r\n")
        #expect(throws: LoadFailure.self) {
            try Load(redis.socketPath, requests, connections: 1, inFlight: 1, seconds: 5).run()
        }
    }

    @Test("replies of the program are matched by id, and one error reply ends the load")
    func program() async throws {
        let directory = try makeTemporaryDirectory("load")
        defer { try? FileManager.default.removeItem(at: directory) }  // Left over, it does no harm.
        let server = try await RunningServer(Program(stateDirectory: directory), directory: directory)
        var pings = Load(server.socketPath, .pings, connections: 4, inFlight: 16, seconds: 30)
        pings.count = 2_000
        #expect(try pings.run().total == 2_000)

        let wrong = Requests.many(64, method: "verify", holding: "\"is_active\":true") { index in
            "{\"email\":\"nobody\(index)@example.org\",\"code\":\"222222\"}"
        }
        let failure = #expect(throws: LoadFailure.self) {
            try Load(server.socketPath, wrong, connections: 2, inFlight: 4, seconds: 5).run()
        }
        #expect(failure?.description.contains("CODE_INCORRECT_OR_EXPIRED") == true)
        #expect(server.stop() == 0)
    }

    @Test("a server that closes the connection ends the load")
    func closedConnection() async throws {
        let directory = try makeTemporaryDirectory("load")
        defer { try? FileManager.default.removeItem(at: directory) }  // Left over, it does no harm.
        let server = try await RunningServer(Program(stateDirectory: directory), directory: directory)
        let path = server.socketPath
        let death = Thread {
            Thread.sleep(forTimeInterval: 0.3)
            server.kill9()
        }
        death.start()
        #expect(throws: LoadFailure.self) {
            try Load(path, .pings, connections: 2, inFlight: 1, seconds: 20).run()
        }
    }
}
