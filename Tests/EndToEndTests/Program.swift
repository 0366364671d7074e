// The built program, run as a user runs it.

import Foundation
import TestServers

/// What a finished run left.
struct Finished: Sendable {
    let output: String
    let errors: String
    let status: Int32

    /// The replies, one object a line.
    var replies: [[String: any Sendable]] {
        get throws { try output.split(separator: "\n").map { try JSONLine.object(String($0)) } }
    }
}

enum JSONLine {
    static func object(_ line: String) throws -> [String: any Sendable] {
        guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: any Sendable] else {
            throw ServerFailure("no JSON object: \(line)")
        }
        return object
    }

    static func text(_ object: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]), as: UTF8.self)
    }
}

/// `signupd` with an environment of its own: nothing of the caller's settings reaches it.
struct Program: Sendable {
    /// Beside the test bundle, where `swift build` put it.
    static var path: String {
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
    static let quickHash = ["SIGNUPD_PASSWORD_MEMORY_KIB": "8", "SIGNUPD_PASSWORD_ITERATIONS": "1"]

    let environment: [String: String]

    /// Embedded, with its state in `directory`.
    init(stateDirectory directory: URL, settings: [String: String] = [:]) {
        var environment = ["PATH": "/usr/bin:/bin", "HOME": directory.path, "SIGNUPD_STATE_DIR": directory.path]
        environment.merge(Self.quickHash) { $1 }
        environment.merge(settings) { $1 }
        self.environment = environment
    }

    /// With exactly this environment.
    init(environment: [String: String]) {
        self.environment = environment
    }

    /// Runs to the end, with `input` as a regular file on standard input.
    func run(_ arguments: [String], input: String = "") throws -> Finished {
        let directory = try makeTemporaryDirectory("run")
        defer { try? FileManager.default.removeItem(at: directory) }
        let inputFile = directory.appendingPathComponent("input")
        let outputFile = directory.appendingPathComponent("output")
        let errorFile = directory.appendingPathComponent("errors")
        try Data(input.utf8).write(to: inputFile)
        for file in [outputFile, errorFile] { try Data().write(to: file) }
        let process = try self.process(arguments)
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        process.waitUntilExit()
        return Finished(
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self),
            status: process.terminationStatus
        )
    }

    /// Runs `signupd pipe` on requests.
    func pipe(_ requests: [[String: Any]], _ arguments: [String] = []) throws -> Finished {
        let lines = try requests.map { try JSONLine.text($0) + "\n" }.joined()
        return try run(["pipe"] + arguments, input: lines)
    }

    func process(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Self.path)
        process.arguments = arguments
        process.environment = environment
        return process
    }
}

/// A request object.
func request(_ id: Int, _ method: String, _ params: [String: Any] = [:]) -> [String: Any] {
    ["jsonrpc": "2.0", "id": id, "method": method, "params": params]
}

/// The params of a signup that keeps every rule.
func signupParams(_ email: String, nickname: String, password: String = "violet-Kettle 41 harbor") -> [String: Any] {
    ["email": email, "nickname": nickname, "password": password]
}

extension [String: any Sendable] {
    var result: [String: any Sendable]? { self["result"] as? [String: any Sendable] }
    var error: [String: any Sendable]? { self["error"] as? [String: any Sendable] }
    var reason: String? { (error?["data"] as? [String: any Sendable])?["reason"] as? String }
    var field: String? { (error?["data"] as? [String: any Sendable])?["field"] as? String }
    var id: Int? { self["id"] as? Int }
}
