// What must hold whatever happens, by name.

/// The promises, in the order in which the report lists them.
enum Invariant: String, CaseIterable, Sendable {
    case acknowledgedIsMailed = "1 each acknowledged signup has an accepted mail or a dead letter"
    case mailHasRow = "2 no mail without its row"
    case errorMakesNobody = "3 a definite error made nothing"
    case memberIsTheirs = "4 a member has the password and nickname of the signup whose code was presented"
    case fiveGuesses = "5 at most 5 evaluated guesses per code, one activation per signup"
    case unique = "6 one member per address and per nickname; one signup per request"
    case duplicatesExplained = "7 a mail comes twice only where its outcome was unknown, and is the same"
    case oneReply = "8 one reply per request, or a closed connection"
    case nothingSecretRests = "9 no password and no code at rest"
    case flat = "10 memory and descriptors are bounded, and flat once a process is warm"
    case settled = "11 everything is settled within 60 s of healing"
}

extension Invariant {
    /// By its number, as in the report.
    init?(number: Int) {
        guard let invariant = Self.allCases.first(where: { $0.rawValue.hasPrefix("\(number) ") }) else { return nil }
        self = invariant
    }
}

/// A promise that was broken, and how.
struct Violation: Sendable {
    let invariant: Invariant
    let detail: String
}
