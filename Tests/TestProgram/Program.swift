// The built program, run as a user runs it.

public import Foundation
import TestServers

/// What a finished run left.
public struct Finished: Sendable {
    public let output: String
    public let errors: String
    public let status: Int32

    /// The replies, one object a line.
    public var replies: [[String: any Sendable]] {
        get throws { try output.split(separator: "\n").map { try JSONLine.object(String($0)) } }
    }
}

public enum JSONLine {
    public static func object(_ line: String) throws -> [String: any Sendable] {
        guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: any Sendable] else {
            throw ServerFailure("no JSON object: \(line)")
        }
        return object
    }

    public static func text(_ object: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]), as: UTF8.self)
    }
}

/// `signupd` with an environment of its own: nothing of the caller's settings reaches it.
public struct Program: Sendable {
    /// Beside the test bundle, where `swift build` put it.
    public static var path: String {
        get throws {
            let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            for directory in [bundle.deletingLastPathComponent(), URL(fileURLWithPath: ".build/debug")] {
                let program = directory.appendingPathComponent("signupd").path
                if FileManager.default.isExecutableFile(atPath: program) { return program }
            }
            throw ServerFailure("no signupd beside \(bundle.path); build it first: swift build --build-tests")
        }
    }

    /// The cheapest Argon2id there is: these tests are about everything but the hash.
    public static let quickHash = ["SIGNUPD_PASSWORD_MEMORY_KIB": "8", "SIGNUPD_PASSWORD_ITERATIONS": "1"]

    public let environment: [String: String]
    /// A command that becomes the program, such as one that changes the user first; empty: the program itself.
    public var launcher: [String] = []

    /// Embedded, with its state in `directory`.
    public init(stateDirectory directory: URL, settings: [String: String] = [:]) {
        var environment = ["PATH": "/usr/bin:/bin", "HOME": directory.path, "SIGNUPD_STATE_DIR": directory.path]
        environment.merge(Self.quickHash) { $1 }
        environment.merge(settings) { $1 }
        self.environment = environment
    }

    /// With exactly this environment.
    public init(environment: [String: String]) {
        self.environment = environment
    }

    /// Runs to the end, with `input` as a regular file on standard input.
    public func run(_ arguments: [String], input: String = "") throws -> Finished {
        try finish(arguments, sending: Array(input.utf8)) { process, directory in
            let inputFile = directory.appendingPathComponent("input")
            try Data(input.utf8).write(to: inputFile)
            process.standardInput = try FileHandle(forReadingFrom: inputFile)
            try process.run()
        }
    }

    /// Runs to the end, with the pieces written one after the other into a pipe on standard input.
    public func run(_ arguments: [String], pieces: [ArraySlice<UInt8>]) throws -> Finished {
        try finish(arguments, sending: pieces.flatMap { $0 }) { process, _ in
            let input = Pipe()
            process.standardInput = input
            // Writing to a program that has ended is an error, not the end of the tests.
            signal(SIGPIPE, SIG_IGN)
            try process.run()
            for piece in pieces {
                // It may have ended without reading: its exit status tells.
                guard (try? input.fileHandleForWriting.write(contentsOf: piece)) != nil else { break }
                // Time to read this piece alone. If it is not, the pieces are only other ones.
                usleep(500)
            }
            try input.fileHandleForWriting.close()
        }
    }

    private func finish(
        _ arguments: [String],
        sending input: [UInt8],
        start: (_ process: Process, _ directory: URL) throws -> Void
    ) throws -> Finished {
        let directory = try makeTemporaryDirectory("run")
        defer { try? FileManager.default.removeItem(at: directory) }
        let outputFile = directory.appendingPathComponent("output")
        let errorFile = directory.appendingPathComponent("errors")
        for file in [outputFile, errorFile] { try Data().write(to: file) }
        let process = try self.process(arguments)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try start(process, directory)
        process.waitUntilExit()
        let finished = Finished(
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self),
            status: process.terminationStatus
        )
        if arguments.first == "pipe" { ReplyRecord.note(input, arguments: arguments, output: finished.output) }
        return finished
    }

    /// Runs `signupd pipe` on requests.
    public func pipe(_ requests: [[String: Any]], _ arguments: [String] = []) throws -> Finished {
        let lines = try requests.map { try JSONLine.text($0) + "\n" }.joined()
        return try run(["pipe"] + arguments, input: lines)
    }

    public func process(_ arguments: [String]) throws -> Process {
        let process = Process()
        let command = launcher + (launcher.isEmpty ? [try Self.path] : []) + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        return process
    }
}

/// A request object.
public func request(_ id: Int, _ method: String, _ params: [String: Any] = [:]) -> [String: Any] {
    ["jsonrpc": "2.0", "id": id, "method": method, "params": params]
}

/// The params of a signup that keeps every rule.
public func signupParams(_ email: String, nickname: String, password: String = "violet-Kettle 41 harbor") -> [String:
    Any]
{
    ["email": email, "nickname": nickname, "password": password]
}

extension [String: any Sendable] {
    public var result: [String: any Sendable]? { self["result"] as? [String: any Sendable] }
    public var error: [String: any Sendable]? { self["error"] as? [String: any Sendable] }
    public var reason: String? { (error?["data"] as? [String: any Sendable])?["reason"] as? String }
    public var field: String? { (error?["data"] as? [String: any Sendable])?["field"] as? String }
    public var id: Int? { self["id"] as? Int }
}
