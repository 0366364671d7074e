// A program run from its start to its exit, with files for its streams: what `time` would measure, without a shell between.

import Foundation
import Glibc
import TestServers

struct ShortRun: Sendable {
    let program: String
    let arguments: [String]
    let environment: [String: String]

    struct Outcome: Sendable {
        let milliseconds: Double
        let status: Int32
    }

    /// Blocks until it has ended.
    func run(input: URL, output: URL, errors: URL? = nil) throws -> Outcome {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let writing = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, input.path, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, writing, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors?.path ?? "/dev/null", writing, 0o600)
        let variables = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        return try withStrings([program] + arguments) { arguments in
            try withStrings(variables) { variables in
                let start = ContinuousClock.now
                var identifier: pid_t = 0
                let failure = posix_spawn(&identifier, program, &actions, nil, arguments, variables)
                guard failure == 0 else { throw ServerFailure("cannot start \(program): errno \(failure)") }
                var status: Int32 = 0
                while waitpid(identifier, &status, 0) == -1 {
                    guard errno == EINTR else { throw ServerFailure("waitpid: errno \(errno)") }
                }
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                // WIFEXITED and WEXITSTATUS are macros.
                return Outcome(milliseconds: seconds * 1000, status: status & 0x7f == 0 ? (status >> 8) & 0xff : 128)
            }
        }
    }
}

/// Lends C's array of strings with NULL at its end.
private func withStrings<Value>(
    _ strings: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Value
) throws -> Value {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return try body(copies + [nil])
}
