// Reads what the embedded transport delivered.

public import Foundation
import TestServers

public struct Maildir: Sendable {
    public let directory: URL

    public init(stateDirectory: URL) {
        directory = stateDirectory.appendingPathComponent("Maildir/new")
    }

    /// Every delivered message, whole.
    public func messages() throws -> [String] {
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil).map { file in
            String(decoding: try Data(contentsOf: file), as: UTF8.self)
        }
    }

    /// The codes that were mailed to an address, in no order.
    public func codes(to address: String) throws -> [String] {
        try messages().filter { $0.contains("To: \(address)\n") }.compactMap(Self.code)
    }

    /// Waits for a code to an address, other than the one that is known already.
    public func code(to address: String, besides known: String? = nil, seconds: Double = 20) async throws -> String {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if let code = try codes(to: address).first(where: { $0 != known }) { return code }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ServerFailure("no mail to \(address) after \(seconds) s")
    }

    public static func code(in message: String) -> String? {
        guard let range = message.range(of: "Your verification code is: ") else { return nil }
        return String(message[range.upperBound...].prefix(6))
    }
}
