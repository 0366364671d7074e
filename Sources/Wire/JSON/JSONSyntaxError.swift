// Why a text is not JSON as we take it, without repeating any of it: it may hold a password.

/// What is wrong with a text, and about where.
public struct JSONSyntaxError: Error, Sendable, Equatable {
    public enum Problem: Sendable, Equatable, CaseIterable {
        case syntax
        case incomplete
        case trailingText
        case invalidUTF8
        case nulCharacter
        case duplicateName
        case numberOutOfRange
        case tooDeep
    }

    public let problem: Problem
    /// How many bytes had been read when it showed.
    public let byteOffset: Int

    public init(_ problem: Problem, byteOffset: Int) {
        self.problem = problem
        self.byteOffset = byteOffset
    }

    /// What to mend, in words.
    public var hint: String { "\(advice) (near byte \(byteOffset))" }

    private var advice: String {
        switch problem {
        case .syntax: "send one JSON text a line (RFC 8259: no comments, trailing commas or single quotes)"
        case .incomplete: "the JSON text is not complete; it must not be spread over several lines"
        case .trailingText: "send one JSON text a line; there is more behind the first"
        case .invalidUTF8: "encode the text as UTF-8"
        case .nulCharacter: "the character U+0000 is not taken, neither raw nor escaped"
        case .duplicateName: "a name stands twice in one object"
        case .numberOutOfRange: "integers must fit in 64 bits, other numbers in a double"
        case .tooDeep: "arrays and objects nest too deep"
        }
    }
}
