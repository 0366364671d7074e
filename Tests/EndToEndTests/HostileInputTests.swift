// Control characters in every field, and what of them reached the mail server, the log, the database and Redis: nothing.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("hostile input")
struct HostileInputTests {
    /// Stands beside the control character in every hostile value: where it turns up, the character did too.
    private static let mark = "qzxmark"

    /// Line ends of every kind, terminal escapes, what C takes for an end (refused with its line), what is not drawn.
    private static let controls = [
        "\r\n", "\n", "\r", "\t", "\u{B}", "\u{C}", "\u{8}", "\u{1B}[2J", "\u{0}", "\u{7F}", "\u{85}", "\u{9B}",
        "\u{2028}",
        "\u{2029}", "\u{202E}", "\u{FEFF}",
    ]

    /// Requests with the value in one place each. None of them may be executed but where the value is only compared or echoed.
    private static func requests(_ control: String, number: Int) -> [[String: Any]] {
        let values = [
            "\(mark)\(control)", "\(control)\(mark)", "a\(control)RCPT TO:<\(mark)@example.org>\(control)FLUSHALL",
        ]
        return values.enumerated().flatMap { index, value -> [[String: Any]] in
            func signup(_ changes: [String: Any]) -> [String: Any] {
                let params = signupParams("h\(number)x\(index)@example.org", nickname: "H \(number) \(index)")
                return request(1, "signup", params.merging(changes) { $1 })
            }
            return [
                signup(["email": "\(value)@example.org"]), signup(["email": "a@example.org\(value)"]),
                signup(["email": "a@\(value)example.org"]), signup(["nickname": "N\(value)n"]),
                signup(["locale": "en\(value)"]),
                signup(["client_ip": "192.0.2.1\(value)"]), signup(["\(value)": "x"]),
                signup(["_meta": ["traceparent": "00-\(value)"]]),
                request(1, "verify", ["email": "a\(value)@example.org", "code": "222222"]),
                request(1, "verify", ["email": "nobody@example.org", "code": "2222\(value)"]),
                request(1, "verify", ["signup_id": value, "code": "222222"]),
                request(1, "resend", ["email": "a@example.org\(value)"]),
                request(1, "resend", ["email": "nobody@example.org", "_meta": ["idempotency_key": value]]),
                request(1, "status", ["email": value]), request(1, "status\(value)"),
                request(1, "outbox.list", ["state": value]),
                ["jsonrpc": "2.0", "id": value, "method": "status", "params": ["email": "nobody@example.org"]],
            ]
        }
    }

    @Test("no control character reaches an SMTP command, a header, a log line, SQL or Redis")
    func controlsReachNothing() async throws {
        let backends = try Backends(mariadb: try PrivateMariaDB.start())
        let mailServer = try AuthenticatingSMTPServer.start(AuthenticatingSMTPServer.Options())
        let program = backends.program([
            "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(mailServer.port)?tls=off", "SIGNUPD_LOG_LEVEL": "trace",
        ])
        #expect(try program.run(["migrate"]).status == 0)
        let monitor = try RedisMonitor(backends.redis)
        _ = try backends.mariadb.run("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 1")
        let server = try await RunningServer(program, directory: backends.directory)
        let client = try SocketClient(path: server.socketPath)

        for (number, control) in Self.controls.enumerated() {
            for request in Self.requests(control, number: number) {
                let line = try JSONLine.text(request)
                try client.send(line + "\n")
                let reply = try JSONLine.object(try #require(try client.receive()))
                // An id is only echoed: the one line of these that may be answered with a result.
                #expect(reply.result == nil || request["id"] is String, "\(line)")
            }
        }
        let name = "Rob'); DROP TABLE members;-- %s ${x} {{code}}"
        let tricky = signupParams("o'clean+\(Self.mark)${1@example.org", nickname: name)
        #expect(try client.call(1, "signup", tricky).reason == "INVALID_EMAIL")
        let clean = signupParams("o'cleanmark@example.org", nickname: String(name.prefix(32)))
        #expect(try client.call(2, "signup", clean).result != nil)
        _ = try await mailServer.code(to: "o'cleanmark@example.org")
        #expect(server.stop() == 0)

        try checkMail(mailServer)
        let log = server.log
        #expect(!log.contains("cleanmark"))
        #expect(!log.split(separator: "\n").contains { $0.hasPrefix(Self.mark) || $0.hasPrefix("RCPT") })
        let invisible: [Unicode.GeneralCategory] = [.control, .format, .lineSeparator, .paragraphSeparator]
        #expect(!log.unicodeScalars.contains { $0 != "\n" && invisible.contains($0.properties.generalCategory) })
        // Put together by the server: the question is logged too.
        let statements = "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE "
        #expect(try backends.mariadb.run(statements + "CONCAT('%qzx', 'mark%')") == "0")
        #expect(try backends.mariadb.run(statements + "CONCAT('%clean', 'mark%')") != "0", "it logs")
        let commands = try monitor.stop()
        #expect(commands.contains("EVALSHA"), "the monitor sees what is sent")
        for text in [Self.mark, "cleanmark", "FLUSHALL", "Rob"] { #expect(!commands.contains(text), "\(text)") }
    }

    /// Commands and messages are lines that end in CR LF, of printable ASCII, to the one address that was taken.
    private func checkMail(_ mailServer: AuthenticatingSMTPServer) throws {
        let sent = try mailServer.bytes().reduce(into: Data()) { $0 += $1.data }
        let bytes = Array(sent)
        for (index, byte) in bytes.enumerated() where !(0x20...0x7E).contains(byte) {
            let isLineEnd = byte == 0x0D ? bytes[(index + 1)...].first == 0x0A : index > 0 && bytes[index - 1] == 0x0D
            #expect((byte == 0x0D || byte == 0x0A) && isLineEnd, "byte \(byte) at \(index)")
        }
        let text = String(decoding: sent, as: UTF8.self)
        #expect(!text.contains(Self.mark) && !text.contains("DROP TABLE"))
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("RCPT") {
            #expect(line.contains("<o'cleanmark@example.org>"), "\(line)")
        }
        #expect(try mailServer.messages().map(\.to) == [["o'cleanmark@example.org"]])
    }
}

/// `redis-cli MONITOR`: every command that a server is sent, a line each, what is not printable escaped.
private final class RedisMonitor {
    private let process = Process()
    private let file: URL

    init(_ redis: PrivateRedis) throws {
        file = try makeTemporaryDirectory("monitor").appendingPathComponent("commands")
        try Data().write(to: file)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["redis-cli", "-s", redis.socketPath, "MONITOR"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: file)
        try process.run()
        let end = Date().addingTimeInterval(10)
        while try text() == "" {
            guard Date() < end else { throw ServerFailure("redis-cli MONITOR does not begin") }
            usleep(10_000)
        }
    }

    private func text() throws -> String { String(decoding: try Data(contentsOf: file), as: UTF8.self) }

    func stop() throws -> String {
        process.terminate()
        process.waitUntilExit()
        return try text()
    }
}
