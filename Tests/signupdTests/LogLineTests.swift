// A log line as bytes: both formats, and nothing a client sent can end it or forge a field.

import Glibc
import Testing

@testable import signupd

@Suite("a line of the log")
struct LogLineTests {
    private let time = timespec(tv_sec: 1_754_039_100, tv_nsec: 7_000_000)

    private func line(_ format: LogFormat, _ id: String) -> String {
        var line = LogLine(format, level: "info", message: "request", time: time)
        line.add("method", "signup")
        line.add("duration_ms", Duration.microseconds(21_007))
        line.add("uid", Int64(1000))
        line.add("id", id)
        return String(decoding: line.finished(), as: UTF8.self)
    }

    @Test("reads well as text, and as JSON")
    func formats() {
        let text = "2025-08-01T09:05:00.007Z info request method=signup duration_ms=21.007 uid=1000 id=7\n"
        #expect(line(.text, "7") == text)
        let json = #"{"time":"2025-08-01T09:05:00.007Z","level":"info","message":"request","method":"signup","#
        #expect(line(.json, "7") == json + #""duration_ms":21.007,"uid":1000,"id":"7"}"# + "\n")
    }

    @Test(
        "is one line whatever a client sent, and its fields are those we gave it",
        arguments: [
            ("a b", #""a b""#), ("", #""""#), ("a\nlevel=error", #""a\nlevel=error""#), ("a\"b", #""a\"b""#),
            ("a=b", #""a=b""#), ("é", #""\u00e9""#), ("\u{1B}[31m", #""\u001b[31m""#), ("a\\nb", #""a\\nb""#),
        ]
    )
    func hostile(id: String, quoted: String) {
        for format in [LogFormat.text, .json] {
            let line = line(format, id)
            #expect(line.hasSuffix((format == .text ? " id=" : ",\"id\":") + quoted + (format == .text ? "\n" : "}\n")))
            #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        }
    }

    @Test("a message that holds line ends is still one line")
    func message() {
        let line = LogLine(.text, level: "info", message: "a\nb\u{1B}", time: time).finished()
        #expect(String(decoding: line, as: UTF8.self) == "2025-08-01T09:05:00.007Z info a b \n")
    }
}
