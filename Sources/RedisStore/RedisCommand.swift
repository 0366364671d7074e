// What is sent to Redis: arguments with their lengths, never a format string.

import Cryptography

/// Arguments as Redis reads them, each a bulk string behind its length: any byte is just a byte. Whoever makes a command
/// writes it out, so that the one thread at the connection only strings commands together.
struct CommandArguments: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    init(reservingByteCount: Int = 0) {
        bytes.reserveCapacity(reservingByteCount)
    }

    init(_ texts: [String]) {
        for text in texts { append(text) }
    }

    mutating func append(_ argument: some Collection<UInt8>) {
        bytes.appendHeader("$", argument.count)
        bytes.append(contentsOf: argument)
        bytes.appendLineEnd()
        count += 1
    }

    mutating func append(_ text: String) {
        append(text.utf8)
    }

    /// The bytes as hexadecimal digits, two each.
    mutating func append(hexadecimal argument: some Collection<UInt8>) {
        bytes.appendHeader("$", 2 * argument.count)
        for byte in argument {
            bytes.append(Hexadecimal.digit(byte >> 4))
            bytes.append(Hexadecimal.digit(byte & 0x0F))
        }
        bytes.appendLineEnd()
        count += 1
    }

    mutating func append(_ number: Int64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.numberByteCount) { memory in
            append(memory.decimalDigits(of: number))
        }
    }

    /// 19 digits and a sign.
    fileprivate static let numberByteCount = 20
}

extension [UInt8] {
    /// Appends a whole command: how many arguments there are, then all of them.
    mutating func appendCommand(_ parts: CommandArguments...) {
        appendHeader("*", parts.reduce(0) { $0 + $1.count })
        for part in parts { append(contentsOf: part.bytes) }
    }

    fileprivate mutating func appendHeader(_ sign: Unicode.Scalar, _ number: Int) {
        append(UInt8(ascii: sign))
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: CommandArguments.numberByteCount) { memory in
            append(contentsOf: memory.decimalDigits(of: Int64(number)))
        }
        appendLineEnd()
    }

    fileprivate mutating func appendLineEnd() {
        append(UInt8(ascii: "\r"))
        append(UInt8(ascii: "\n"))
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// The number as decimal digits, written into the end of this memory: a `String` for each would cost more than the rest of
    /// its command.
    fileprivate func decimalDigits(of number: Int64) -> UnsafeMutableBufferPointer<UInt8> {
        var start = count
        var rest = number.magnitude
        repeat {
            start -= 1
            self[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if number < 0 {
            start -= 1
            self[start] = UInt8(ascii: "-")
        }
        return UnsafeMutableBufferPointer(rebasing: self[start...])
    }
}

enum RedisCommand: Sendable {
    case plain(CommandArguments)
    /// A script with its key and arguments; the connection knows its digest.
    case script(Script, CommandArguments)

    static let ping = RedisCommand.plain(CommandArguments(["PING"]))

    /// A script over its one key.
    static func script(_ script: Script, key: [UInt8], _ addArguments: (inout CommandArguments) -> Void) -> RedisCommand
    {
        // A key, an id, a digest and a few numbers.
        var arguments = CommandArguments(reservingByteCount: 256)
        arguments.append(key)
        addArguments(&arguments)
        return .script(script, arguments)
    }

    /// Whether running it twice does what running it once does, so that it may be sent again when an answer was lost.
    var mayBeRepeated: Bool {
        switch self {
        case .plain: true
        case .script(let script, _): script.mayBeRepeated
        }
    }
}
