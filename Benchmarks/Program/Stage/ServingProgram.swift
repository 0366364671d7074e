// A `signupd serve` of the run's own, and what it uses of the machine.

import Foundation
import Glibc
import TestServers

final class ServingProgram: Sendable {
    let socketPath: String
    private let process: ServerProcess
    private let identifier: Int32

    /// Starts it, and waits until it takes connections.
    init(_ program: String, directory: URL, environment: [String: String]) throws {
        let socketPath = directory.appendingPathComponent("s.sock").path
        self.socketPath = socketPath
        process = try ServerProcess(
            program,
            ["serve", "--socket", socketPath],
            environment: environment,
            log: directory.appendingPathComponent("signupd.log")
        )
        try process.waitUntilReady(seconds: 20) { Self.connected(to: socketPath).map { close($0) } != nil }
        identifier = try process.processIdentifier()
    }

    var residentKiB: Int { ProcessFigures.residentKiB(of: identifier) }
    var processorSeconds: Double { ProcessFigures.processorSeconds(of: identifier) }

    /// SIGTERM, and waits until it has ended. Throws if it takes longer than the ten seconds that it promises.
    func stop() throws {
        kill(identifier, SIGTERM)
        for _ in 0..<1200 where ProcessFigures.isRunning(identifier) { usleep(10_000) }
        guard !ProcessFigures.isRunning(identifier) else { throw ServerFailure("signupd does not stop on SIGTERM") }
        process.stop()
    }

    /// A connection to its socket; `nil` while nobody listens.
    static func connected(to path: String) -> Int32? {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard client >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if status == 0 { return client }
        close(client)
        return nil
    }
}

/// What Linux tells of a process.
enum ProcessFigures {
    static func residentKiB(of identifier: Int32) -> Int {
        let line = text(identifier, "status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    /// In user mode and in the kernel, over all threads.
    static func processorSeconds(of identifier: Int32) -> Double {
        let fields = statistics(identifier)
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// A process that has ended stays a zombie until its parent looks.
    static func isRunning(_ identifier: Int32) -> Bool {
        guard let state = statistics(identifier).first else { return false }
        return state != "Z"
    }

    /// From the third field on: the second may hold spaces.
    private static func statistics(_ identifier: Int32) -> [Substring] {
        let text = text(identifier, "stat")
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static func text(_ identifier: Int32, _ name: String) -> String {
        // A process that is gone has no figures.
        (try? String(contentsOfFile: "/proc/\(identifier)/\(name)", encoding: .utf8)) ?? ""
    }
}
