// Tells a connection that was closed from one that stayed silent: the library reports both as "lost".

internal import CMariaDB

/// Runs along with each command of one connection, and words the error when it fails.
final class Stopwatch {
    private var started = ContinuousClock.now
    /// Silence this long is a timeout. A little less than the library waits, since it counts in whole milliseconds.
    private let silence: Duration

    init(timeoutSeconds: Int) {
        silence = .milliseconds(timeoutSeconds * 1000 - 50)
    }

    func start() {
        started = .now
    }

    func error(of connection: UnsafeMutablePointer<MYSQL>) -> DatabaseError {
        error(code: signupd_mysql_errno(connection), message: signupd_mysql_error(connection))
    }

    func error(of statement: UnsafeMutablePointer<MYSQL_STMT>) -> DatabaseError {
        error(code: signupd_mysql_stmt_errno(statement), message: signupd_mysql_stmt_error(statement))
    }

    private func error(code: UInt32, message: UnsafePointer<CChar>?) -> DatabaseError {
        DatabaseError(
            code: Int(code),
            message: message.map { String(cString: $0) } ?? "",
            timedOut: (2000..<3000).contains(code) && ContinuousClock.now - started >= silence
        )
    }
}
