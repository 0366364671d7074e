// What is sent to Redis: arguments with their lengths, never a format string.

/// Arguments one after the other in one buffer, as `redisAppendCommandArgv` wants them: any byte is just a byte.
struct CommandArguments: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var lengths: [Int] = []

    init() {}

    init(_ texts: [String]) {
        for text in texts { append(text) }
    }

    mutating func append(_ argument: some Collection<UInt8>) {
        bytes.append(contentsOf: argument)
        lengths.append(argument.count)
    }

    mutating func append(_ text: String) {
        append(text.utf8)
    }

    mutating func append(_ number: Int64) {
        append(String(number))
    }

    mutating func append(contentsOf other: CommandArguments) {
        bytes.append(contentsOf: other.bytes)
        lengths.append(contentsOf: other.lengths)
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
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
        var arguments = CommandArguments()
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
