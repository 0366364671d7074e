// The cases of protocol/vectors/inputs.jsonl: what a client might send, and whether it is taken.

import Foundation
import Testing

/// One case whose field is text; what has the wrong type is refused before the values of this target see it.
struct InputCase: Sendable, CustomTestStringConvertible {
    let name: String
    let isAccepted: Bool
    let text: String

    var testDescription: String { name }

    /// The cases of a group that carry this param.
    static func all(group: String, param: String) throws -> [InputCase] {
        let file = URL(filePath: #filePath).appending(path: "../../../../protocol/vectors/inputs.jsonl").standardized
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let members = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            guard members["group"] as? String == group,
                let text = (members["params"] as? [String: Any])?[param] as? String
            else { return nil }
            let name = try #require(members["name"] as? String)
            let expect = try #require(members["expect"] as? String)
            return InputCase(name: name, isAccepted: expect == "accept", text: text)
        }
    }
}
