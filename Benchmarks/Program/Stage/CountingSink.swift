// Postfix's smtp-sink as it comes: takes every mail, keeps none, and counts them.

import Foundation
import Glibc
import TestServers

final class CountingSink: Sendable {
    let port: UInt16
    private let process: ServerProcess

    init(in directory: URL) throws {
        port = try Loopback.freePort()
        // It insists on leaving root.
        let account = geteuid() == 0 ? ["-u", "nobody"] : []
        process = try ServerProcess(
            "smtp-sink",
            ["-c"] + account + ["127.0.0.1:\(port)", "1024"],
            log: directory.appendingPathComponent("sink.log")
        )
        let port = port
        try process.waitUntilReady { Self.accepts(port) }
    }

    /// Messages it took since it started: the last of its running counts.
    func messageCount() throws -> Int {
        let log = try FileHandle(forReadingFrom: process.log)
        defer { try? log.close() }  // Read only: nothing is lost.
        let end = try log.seekToEnd()
        // A count takes less than 100 bytes.
        try log.seek(toOffset: end > 200 ? end - 200 : 0)
        let text = String(decoding: try log.readToEnd() ?? Data(), as: UTF8.self)
        guard let count = text.split(separator: "\r").last(where: { $0.contains("mesg=") && $0.contains("quit=") }),
            let number = count.split(separator: "mesg=").last.flatMap({ Int($0.prefix { $0.isNumber }) })
        else { return 0 }
        return number
    }

    /// Throws unless so many messages, and no more, have come soon.
    func waitForMessages(_ count: Int) async throws {
        let giveUpAt = ContinuousClock.now + Self.patience
        while try messageCount() < count {
            guard ContinuousClock.now < giveUpAt else {
                throw ServerFailure("\(try messageCount()) mails arrived, \(count) were owed: some are lost")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let arrived = try messageCount()
        guard arrived == count else { throw ServerFailure("\(arrived) mails arrived, \(count) were owed") }
    }

    /// The courier looks again after two seconds; a busy machine may need some more.
    private static let patience = Duration.seconds(30)

    func stop() { process.stop() }

    private static func accepts(_ port: UInt16) -> Bool {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard client >= 0 else { return false }
        defer { close(client) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
