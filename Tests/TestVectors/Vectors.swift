// Where the golden cases of protocol/vectors lie.

public import Foundation
import Wire

public enum Vectors {
    public static let wire = cases("wire.jsonl").map { WireCase($0) }
    public static let lines = cases("inputs.jsonl", containing: #""group": "line""#).map { LineCase($0) }

    /// protocol/vectors itself.
    public static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "protocol/vectors")

    /// - Parameter mark: lines without it are left out unparsed: some hold a NUL, which our own parser refuses.
    private static func cases(_ file: String, containing mark: String = "") -> [JSONObject] {
        let path = directory.appending(path: file)
        do {
            let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
            return try lines.filter { mark.isEmpty || $0.contains(mark) }.map { line in
                guard case .object(let object) = try JSONValue.parse(line.utf8) else { throw Reply.Problem.notAReply }
                return object
            }
        } catch {
            preconditionFailure("\(path.path()): \(error)")
        }
    }
}
