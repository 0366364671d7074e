// What an adapter finds out about the part it stands for, for `signupd check`. Looking changes nothing.

/// One thing that was looked at.
public struct CheckFinding: Sendable, Equatable {
    public enum Grade: Int, Sendable, Comparable {
        /// As it should be.
        case good
        /// It works, and could be better.
        case advice
        /// A promise of the design does not hold, or nothing works at all.
        case fault

        public static func < (left: Grade, right: Grade) -> Bool { left.rawValue < right.rawValue }
    }

    public let grade: Grade
    /// What was looked at, in a word or two.
    public let subject: String
    /// What was found. Never a secret.
    public let value: String
    /// What to do about it; `nil` if it is good.
    public let remedy: String?

    public static func good(_ subject: String, _ value: String) -> CheckFinding {
        CheckFinding(grade: .good, subject: subject, value: value, remedy: nil)
    }

    public static func advice(_ subject: String, _ value: String, _ remedy: String) -> CheckFinding {
        CheckFinding(grade: .advice, subject: subject, value: value, remedy: remedy)
    }

    public static func fault(_ subject: String, _ value: String, _ remedy: String) -> CheckFinding {
        CheckFinding(grade: .fault, subject: subject, value: value, remedy: remedy)
    }
}

extension Duration {
    /// For people: milliseconds with one decimal.
    public var millisecondText: String {
        let (seconds, attoseconds) = components
        let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}
