// Commands that tests run to their end, and the data that lies beside the tests.

public import Foundation

/// A command of the system.
public enum Command {
    /// Runs a command found in PATH with `input` on its standard input; returns its output, or throws it with the status.
    @discardableResult
    public static func run(_ command: String, _ arguments: [String], input: Data = Data()) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        let directory = try makeTemporaryDirectory("run")
        defer { try? FileManager.default.removeItem(at: directory) }  // Left over, it does no harm.
        // Files, since a full pipe would stop both sides.
        let files = ["input", "output", "error"].map(directory.appendingPathComponent)
        try input.write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
            throw ServerFailure("\(command) ended with \(process.terminationStatus): \(text.suffix(2000))")
        }
        return try Data(contentsOf: files[1])
    }
}

/// Files that tests read, wherever the tests are run from.
public enum TestData {
    /// `Tests/Data`
    public static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Data")
}
