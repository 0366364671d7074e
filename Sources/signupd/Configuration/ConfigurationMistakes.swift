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

    var description: String {
        let count = mistakes.count == 1 ? "1 mistake" : "\(mistakes.count) mistakes"
        return "signupd: \(count) in the configuration\n" + mistakes.map { "  \($0)\n" }.joined()
    }
}
