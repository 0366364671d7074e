// A server in privacy mode without limits, and calls to it in pairs that take turns.

import Foundation
import Signup
import TestProgram
import TestServers

struct TimedHouse {
    private let server: RunningServer
    private let client: SocketClient
    private let mariadb: PrivateMariaDB?
    private let redis: PrivateRedis?
    private let sink: SMTPSink?
    private let key: SigningKey

    private static let secret = Array(repeating: UInt8(0x5A), count: 32)

    init(_ kind: HouseKind, memory: Int, iterations: Int) async throws {
        guard let key = SigningKey(secret: Self.secret) else { throw ServerFailure("the secret is too short") }
        self.key = key
        let directory = try makeTemporaryDirectory("privacy")
        var settings = [
            "SIGNUPD_PRIVACY": "private",
            "SIGNUPD_SECRET": String(repeating: "5a", count: Self.secret.count),
            "SIGNUPD_PASSWORD_MEMORY_KIB": String(memory),
            "SIGNUPD_PASSWORD_ITERATIONS": String(iterations),
            // Limits that are reached would be compared instead of the work; one that is not is a part of it.
            "SIGNUPD_RESEND_AFTER_SECONDS": "0",
            "SIGNUPD_RESEND_PER_HOUR": "100",
            "SIGNUPD_RESEND_PER_DAY": "10000",
        ]
        if kind == .servers {
            let mariadb = try PrivateMariaDB.shared.get()
            let redis = try PrivateRedis.start()
            let sink = try SMTPSink.start()
            let login = "\(mariadb.user):\(mariadb.password)"
            let database = try mariadb.makeDatabase()
            settings["SIGNUPD_DATABASE_URL"] = "mariadb://\(login)@localhost/\(database)?socket=\(mariadb.socketPath)"
            settings["SIGNUPD_REDIS_URL"] = "redis+unix:\(redis.socketPath)?db=0"
            settings["SIGNUPD_SMTP_URL"] = "smtp://127.0.0.1:\(sink.port)?tls=off"
            (self.mariadb, self.redis, self.sink) = (mariadb, redis, sink)
        } else {
            (mariadb, redis, sink) = (nil, nil, nil)
        }
        let program = Program(stateDirectory: directory, settings: settings)
        if kind == .servers {
            let migration = try program.run(["migrate"])
            guard migration.status == 0 else { throw ServerFailure("migrate: \(migration.errors)") }
        }
        server = try await RunningServer(program, directory: directory)
        client = try SocketClient(path: server.socketPath)
    }

    func stop() {
        _ = server.stop()
        redis?.stop()
        sink?.stop()
    }

    func signup(_ email: String, nickname: String) -> [String: Any] {
        signupParams(email, nickname: nickname)
    }

    /// Takes people in, by the codes that their mails carry.
    func makeMembers(_ count: Int) async throws -> [String] {
        var members: [String] = []
        for number in 0..<count {
            let email = "member\(number)@example.org"
            let reply = try client.call(1, "signup", signup(email, nickname: "Member \(number)"))
            guard let text = reply.result?["signup_id"] as? String, let id = SignupID(text) else {
                throw ServerFailure("signup: \(reply)")
            }
            let code = key.code(for: id, issue: 1).text
            // Until its mail is about to leave the code is nobody's, and a guess at it counts against nothing.
            while try client.call(2, "verify", ["signup_id": text, "code": code]).result == nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            members.append(email)
        }
        return members
    }

    /// Two requests that must look alike.
    struct Pair {
        let first: (method: String, params: [String: Any])
        let second: (method: String, params: [String: Any])
    }

    /// Sends pair after pair, each in an order drawn anew, one request at a time.
    func interleave(_ count: Int, _ pair: (Int) -> Pair) throws -> PairedTimes {
        var times = PairedTimes()
        for number in 0..<count {
            let pair = pair(number)
            let isFirstFirst = Bool.random()
            for isFirst in [isFirstFirst, !isFirstFirst] {
                let request = isFirst ? pair.first : pair.second
                let duration = try time(request.method, request.params)
                if isFirst { times.first.append(duration) } else { times.second.append(duration) }
            }
        }
        return times
    }

    private func time(_ method: String, _ params: [String: Any]) throws -> Duration {
        let line = try JSONLine.text(request(1, method, params)) + "\n"
        let start = ContinuousClock.now
        try client.send(line)
        let reply = try client.receive()
        let duration = ContinuousClock.now - start
        guard let reply, reply.contains("\"result\"") else { throw ServerFailure("\(method): \(reply ?? "closed")") }
        return duration
    }
}

/// How long the calls of each kind took.
struct PairedTimes {
    var first: [Duration] = []
    var second: [Duration] = []

    /// Medians may be 1 ms apart, or a twentieth: the larger.
    func row(_ name: String) -> String {
        let (left, right) = (Self.median(first), Self.median(second))
        let apart = abs(left - right)
        let allowed = max(1, 0.05 * max(left, right))
        let texts = [left, right, apart, allowed].map { String(format: "%.3f ms", $0) }
        return "| \(name) | \(texts.joined(separator: " | ")) | \(apart < allowed ? "alike" : "APART") |"
    }

    /// In milliseconds.
    private static func median(_ durations: [Duration]) -> Double {
        guard !durations.isEmpty else { return 0 }
        let middle = durations.sorted()[durations.count / 2].components
        return Double(middle.seconds) * 1e3 + Double(middle.attoseconds) / 1e15
    }
}
