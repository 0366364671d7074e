// Exit codes, as operators and scripts read them (sysexits.h where it has a word).

/// Why the process ended.
enum ExitStatus: Int32, Sendable, Comparable {
    case success = 0
    /// Some request was answered with an error.
    case errorReplies = 1
    /// Some line was malformed or not executed.
    case malformedInput = 65
    /// A backend could not be reached at start.
    case unavailable = 69
    /// Output could not be written.
    case outputLost = 74
    /// Another server has the socket.
    case temporaryFailure = 75
    /// The configuration is wrong.
    case configuration = 78

    static func < (left: ExitStatus, right: ExitStatus) -> Bool { left.rawValue < right.rawValue }
}
