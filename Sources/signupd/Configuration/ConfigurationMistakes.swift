// Everything that is wrong with a configuration, told at once.

/// One mistake: which variable, what is wrong, what to do. Never a secret.
struct ConfigurationMistake: Error, Sendable, Equatable, CustomStringConvertible {
    let variable: String
    let problem: String

    var description: String { "\(variable): \(problem)" }
}

/// Why a start is refused.
struct ConfigurationMistakes: Error, Sendable, CustomStringConvertible {
    let mistakes: [ConfigurationMistake]
    /// What would be no reason to refuse a start, and may be the reason of a mistake: a name that was misspelt.
    var warnings: [String] = []

    var description: String {
        let count = mistakes.count == 1 ? "1 mistake" : "\(mistakes.count) mistakes"
        let lines = mistakes.map { "\($0)" } + warnings.map { "warning: \($0)" }
        return "signupd: \(count) in the configuration\n" + lines.map { "  \($0)\n" }.joined()
    }
}
