// One line of the log, built as bytes: as text for people, as JSON for programs. Whatever a client sent is quoted.

import Glibc
import Wire

/// How log lines read.
enum LogFormat: String, Sendable {
    /// `TIME LEVEL MESSAGE name=value …`
    case text
    /// `{"time":…,"level":…,"message":…,…}`
    case json
}

/// A line that grows by its fields and ends with ``finished()``.
struct LogLine {
    private var bytes: [UInt8] = []
    private let format: LogFormat

    init(_ format: LogFormat, level: String, message: String, time: timespec = .now) {
        self.format = format
        // What a request's line takes, nearly always.
        bytes.reserveCapacity(256)
        switch format {
        case .text:
            append(time)
            bytes.append(UInt8(ascii: " "))
            bytes += level.utf8
            bytes.append(UInt8(ascii: " "))
            // A line is a line, whatever the message holds.
            for byte in message.utf8 { bytes.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: " ") : byte) }
        case .json:
            bytes += "{\"time\":\"".utf8
            append(time)
            bytes += "\",\"level\":\"\(level)\",\"message\":".utf8
            JSONValue.string(message).append(to: &bytes)
        }
    }

    mutating func add(_ name: String, _ value: String) {
        begin(name)
        if format == .text, !value.isEmpty, value.utf8.allSatisfy(\.isPlainInLog) {
            bytes += value.utf8
        } else {
            JSONValue.string(value).append(to: &bytes)
        }
    }

    mutating func add(_ name: String, _ value: Int64) {
        begin(name)
        JSONValue.integer(value).append(to: &bytes)
    }

    /// Milliseconds, to a thousandth.
    mutating func add(_ name: String, _ value: Duration) {
        begin(name)
        let (seconds, attoseconds) = value.components
        let microseconds = max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        JSONValue.integer(microseconds / 1000).append(to: &bytes)
        bytes.append(UInt8(ascii: "."))
        append(microseconds % 1000, digits: 3)
    }

    consuming func finished() -> [UInt8] {
        if format == .json { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func begin(_ name: String) {
        switch format {
        case .text:
            bytes.append(UInt8(ascii: " "))
            bytes += name.utf8
            bytes.append(UInt8(ascii: "="))
        case .json:
            bytes.append(UInt8(ascii: ","))
            JSONValue.string(name).append(to: &bytes)
            bytes.append(UInt8(ascii: ":"))
        }
    }

    /// RFC 3339 in UTC with milliseconds. Foundation's formatter takes longer than all the rest of a line.
    private mutating func append(_ time: timespec) {
        var seconds = time.tv_sec
        var fields = tm()
        gmtime_r(&seconds, &fields)
        append(Int64(fields.tm_year) + 1900, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        append(Int64(fields.tm_mon) + 1, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        append(Int64(fields.tm_mday), digits: 2)
        bytes.append(UInt8(ascii: "T"))
        append(Int64(fields.tm_hour), digits: 2)
        bytes.append(UInt8(ascii: ":"))
        append(Int64(fields.tm_min), digits: 2)
        bytes.append(UInt8(ascii: ":"))
        append(Int64(fields.tm_sec), digits: 2)
        bytes.append(UInt8(ascii: "."))
        append(Int64(time.tv_nsec) / 1_000_000, digits: 3)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// With leading zeros.
    private mutating func append(_ number: Int64, digits: Int) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}

extension timespec {
    static var now: timespec {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time
    }
}

extension UInt8 {
    /// Visible ASCII that neither ends a value nor begins a quoted one.
    fileprivate var isPlainInLog: Bool {
        (0x21...0x7E).contains(self) && self != UInt8(ascii: "\"") && self != UInt8(ascii: "=")
            && self != UInt8(ascii: "\\")
    }
}
