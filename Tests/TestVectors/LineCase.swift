// One line of an inputs.jsonl case: how it is read and what is expected of it.

import Foundation
public import Testing
import Wire

/// A line among others, and whether it is taken.
public struct LineCase: Sendable, CustomTestStringConvertible {
    public let name: String
    public let line: [UInt8]
    public let isAccepted: Bool

    init(_ members: JSONObject) {
        name = text(members["name"])
        isAccepted = members["expect"] == "accept"
        if let encoded = members["line_b64"] {
            line = Array(Data(base64Encoded: text(encoded)) ?? Data())
        } else {
            line = Array(text(members["line"]).utf8)
        }
    }

    public var testDescription: String { name }
}
