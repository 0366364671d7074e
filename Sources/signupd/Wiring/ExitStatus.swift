// Exit codes, as operators and scripts read them (sysexits.h where it has a word).

/// Why the process ended.
enum ExitStatus: Int32, Sendable, Comparable {
    case success = 0
    /// Some request was answered with an error.
    case errorReplies = 1
    /// The command line makes no sense; what ArgumentParser says of the rest of it.
    case usage = 64
    /// Some line was malformed or not executed.
    case malformedInput = 65
    /// The database could not be reached at start, or the server by a client.
    case unavailable = 69
    /// Output could not be written.
    case outputLost = 74
    /// Another server has the socket, or it could not be made where it should be.
    case temporaryFailure = 75
    /// The configuration is wrong.
    case configuration = 78

    static func < (left: ExitStatus, right: ExitStatus) -> Bool { left.rawValue < right.rawValue }
}
