// `signupd serve` as the chaos treats it: killed, stopped, and started again, over and over.

import Foundation
import Synchronization
import TestServers

/// One of the processes that share the database. Its socket stays where it is over all its lives.
final class ProgramProcess: Sendable {
    let number: Int
    let socketPath: String
    let directory: URL
    private let program: String
    private let environment: [String: String]

    private struct State {
        var process: ServerProcess?
        var life = 0
        var startTimes: [Duration] = []
        var peak = Usage()
        var lives: [Life] = []
    }

    private let state = Mutex(State())

    /// Memory and descriptors at one moment.
    struct Usage: Sendable {
        var residentKiB = 0
        var descriptors = 0
        /// Without the connections of clients, which are the crowd's doing.
        var ownDescriptors = 0
    }

    init(number: Int, program: String, directory: URL, environment: [String: String]) {
        self.number = number
        self.program = program
        self.directory = directory
        self.environment = environment
        socketPath = directory.appendingPathComponent("program\(number).sock").path
    }

    /// Starts it and waits for its first answer.
    func start() throws {
        let started = ContinuousClock.now
        try launch()
        let giveUpAt = started + .seconds(30)
        while ContinuousClock.now < giveUpAt {
            if answersPing() {
                state.withLock { $0.startTimes.append(ContinuousClock.now - started) }
                return
            }
            usleep(2000)
        }
        throw ServerFailure("signupd does not answer 30 s after its start; see \(directory.path)")
    }

    /// Starts it, and waits for nothing.
    func launch(_ more: [String: String] = [:]) throws {
        let life = state.withLock { state in
            state.life += 1
            return state.life
        }
        let process = try ServerProcess(
            program,
            ["serve", "--socket", socketPath],
            environment: environment.merging(more) { $1 },
            log: directory.appendingPathComponent("program\(number)-\(life).log")
        )
        state.withLock { state in
            state.process = process
            state.lives.append(Life(begunAt: .now))
        }
    }

    /// Whether nobody listens on its socket any more.
    var isDead: Bool {
        guard let connection = Connection(path: socketPath) else { return true }
        connection.close()
        return false
    }

    /// At most for as long as a start takes: it may have died already.
    func waitUntilListening() {
        for _ in 0..<400 where isDead { usleep(5_000) }
    }

    private func answersPing() -> Bool {
        guard let connection = Connection(path: socketPath) else { return false }
        defer { connection.close() }
        guard connection.send(Request(id: 1, method: "service.ping", params: [:])) else { return false }
        return connection.receive(within: .seconds(2)) != nil
    }

    func kill9() {
        state.withLock { state in
            state.process?.stop()
            state.process = nil
        }
    }

    func stop() throws { try signal(SIGSTOP) }
    func resume() throws { try signal(SIGCONT) }

    private func signal(_ number: Int32) throws {
        let identifier = try state.withLock { try $0.process?.processIdentifier() }
        guard let identifier, kill(identifier, number) == 0 else { throw ServerFailure("no signupd to signal") }
    }

    /// From the start of each life to its first answer.
    var startTimes: [Duration] { state.withLock { $0.startTimes } }

    /// The most it held at any look.
    var peak: Usage { state.withLock { $0.peak } }

    /// What it held in each of its lives.
    var lives: [Life] { state.withLock { $0.lives } }

    /// Looks at what it holds now; `nil` between two lives.
    @discardableResult
    func measure() -> Usage? {
        // Between fork and the first write of its pid file there is nothing to look at.
        guard let process = state.withLock({ $0.process }), let identifier = try? process.processIdentifier(),
            let status = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8),
            let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd")
        else { return nil }
        let clients = Self.connections(to: socketPath)
        let ownDescriptors = descriptors.count { descriptor in
            let link = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(identifier)/fd/\(descriptor)"
            )
            // One that was closed meanwhile is nobody's.
            return link.map { !clients.contains($0) } ?? false
        }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let residentKiB = line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
        let usage = Usage(
            residentKiB: residentKiB,
            descriptors: descriptors.count,
            ownDescriptors: ownDescriptors
        )
        state.withLock { state in
            // It may have been killed, and started again, since we looked.
            if state.process === process, let life = state.lives.indices.last { state.lives[life].note(usage) }
            state.peak.residentKiB = max(state.peak.residentKiB, usage.residentKiB)
            state.peak.descriptors = max(state.peak.descriptors, usage.descriptors)
        }
        return usage
    }

    /// The server's ends of the connections to a Unix socket, as `/proc/PID/fd` names them.
    private static func connections(to path: String) -> Set<String> {
        // Without the list all descriptors count as the program's own.
        guard let table = try? String(contentsOfFile: "/proc/net/unix", encoding: .utf8) else { return [] }
        let connected = "03"
        return Set(
            table.split(separator: "\n").compactMap { line in
                // Num RefCount Protocol Flags Type St Inode Path
                let columns = line.split(separator: " ")
                guard columns.count == 8, columns[5] == connected, columns[7] == path else { return nil }
                return "socket:[\(columns[6])]"
            }
        )
    }
}
