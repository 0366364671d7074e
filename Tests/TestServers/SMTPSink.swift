// Postfix's smtp-sink: an SMTP server that takes every mail, or fails at the command a test names.

public import Foundation
import Glibc

/// A message that arrived, as smtp-sink noted it: LF line ends, dots unstuffed.
public struct ReceivedMail: Sendable {
    /// The envelope's sender, without brackets.
    public let from: String
    /// The envelope's recipients, as they were sent.
    public let to: [String]
    /// Headers and bodies.
    public let data: Data
}

public final class SMTPSink: Sendable {
    /// Where on 127.0.0.1 it listens.
    public let port: UInt16
    public let directory: URL
    private let process: ServerProcess

    /// Starts it and waits until it greets.
    ///
    /// - Parameters:
    ///   - options: further options, such as `["-f", "RCPT"]` (see smtp-sink(1)).
    ///   - port: for one that comes back; `nil` picks a free one.
    public static func start(_ options: [String] = [], port: UInt16? = nil) throws -> SMTPSink {
        try SMTPSink(options, port: port ?? Loopback.freePort(), expectsGreeting: true)
    }

    /// For options that spoil the greeting: waits only until the port takes connections.
    public static func startWithoutGreeting(_ options: [String]) throws -> SMTPSink {
        try SMTPSink(options, port: Loopback.freePort(), expectsGreeting: false)
    }

    private init(_ options: [String], port: UInt16, expectsGreeting: Bool) throws {
        self.port = port
        directory = try makeTemporaryDirectory("sink")
        let mails = directory.appendingPathComponent("mails")
        try FileManager.default.createDirectory(at: mails, withIntermediateDirectories: true)
        var arguments = options + ["-v", "-d", mails.path + "/mail."]
        if geteuid() == 0 {
            // It insists on leaving root, and then has to write to the directory as someone else.
            arguments += ["-u", "nobody"]
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: mails.path)
            try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: directory.path)
        }
        process = try ServerProcess(
            "smtp-sink",
            arguments + ["127.0.0.1:\(port)", "128"],
            log: directory.appendingPathComponent("log")
        )
        try process.waitUntilReady { expectsGreeting ? Loopback.greets(port) : Loopback.accepts(port) }
        readinessProbes = Self.countConnections(in: process.log)
    }

    /// Connections of ours that found out whether it was ready.
    private let readinessProbes: Int

    /// The messages that arrived, in no order. Waits up to 30 s until there are `count`.
    public func received(_ count: Int) throws -> [ReceivedMail] {
        var mails: [ReceivedMail] = []
        try process.waitUntilReady(seconds: 30) {
            mails = readAll()
            return mails.count >= count
        }
        return mails
    }

    /// How many connections clients made.
    public var connectionCount: Int {
        Self.countConnections(in: process.log) - readinessProbes
    }

    /// The commands clients sent, in the order they came.
    public var commands: [String] {
        let log = Self.text(of: process.log)
        let noise = ["connect", "disconnect", "trying", "vstream", "fd=", "smtp_stream", "name_mask", "watchdog"]
        return log.split(separator: "\n").compactMap { line in
            guard let text = line.split(separator: ": ", maxSplits: 1).dropFirst().first else { return nil }
            return noise.contains(where: text.hasPrefix) ? nil : String(text)
        }
    }

    /// Freezes it, as a machine under too much load; `resume` thaws it.
    public func suspend() throws { kill(try process.processIdentifier(), SIGSTOP) }
    public func resume() throws { kill(try process.processIdentifier(), SIGCONT) }

    /// Kills it: connections break.
    public func stop() { process.stop() }

    private static func countConnections(in log: URL) -> Int {
        text(of: log).split(separator: "\n").count { $0.contains(": connect (") }
    }

    private static func text(of log: URL) -> String {
        // The process made it before it started; without it, no line of it is missing either.
        (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    }

    private func readAll() -> [ReceivedMail] {
        let mails = directory.appendingPathComponent("mails")
        // What cannot be read is not there yet: `received` looks again until its time is up.
        let files = (try? FileManager.default.contentsOfDirectory(at: mails, includingPropertiesForKeys: nil)) ?? []
        return files.compactMap { file in
            guard let data = try? Data(contentsOf: file) else { return nil }
            return ReceivedMail(dump: data)
        }
    }
}

extension ReceivedMail {
    /// Takes smtp-sink's own headers off: they end with a `Received` of three lines. `nil` while the file is being written:
    /// it ends with an empty line of smtp-sink's.
    fileprivate init?(dump: Data) {
        guard dump.suffix(2) == Data("\n\n".utf8) else { return nil }
        let lines = dump.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var from: String?
        var to: [String] = []
        for (index, line) in lines.enumerated() {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("X-Mail-Args: ") { from = Self.address(in: text) }
            if text.hasPrefix("X-Rcpt-Args: ") { to.append(Self.address(in: text)) }
            if text.hasPrefix("Received: ") {
                guard let from else { return nil }
                data = Data(lines[(index + 3)...].joined(separator: [UInt8(ascii: "\n")]))
                self.from = from
                self.to = to
                return
            }
        }
        return nil
    }

    private static func address(in line: String) -> String {
        String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }
}
