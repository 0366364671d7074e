// A message read by a mail reader that knows nothing of our writer.

public import Foundation

/// A message as a mail reader sees it.
public struct ReadMessage: Decodable, Sendable {
    public struct Part: Decodable, Sendable {
        public let type: String
        public let charset: String
        public let text: String
    }

    public let type: String
    public let headers: [String: String]
    public let parts: [Part]
    public let defects: [String]
    public let date: String

    /// Reads it with Python's `email` package, which knows nothing of our writer.
    public init(_ data: Data) throws {
        let script = TestData.directory.appendingPathComponent("mail/read_message.py")
        let json = try Command.run("/usr/bin/python3", [script.path], input: data)
        self = try JSONDecoder().decode(ReadMessage.self, from: json)
    }
}
