// What a member is called: shown as written, and unique for the eye rather than for the byte.

/// A nickname. Spaces at its ends are dropped, those inside collapse to one.
public struct Nickname: Sendable, Hashable {
    private static let lengthRange = 2...32
    private static let maximumByteCount = 128
    private static let maximumKeyByteCount = 255
    /// The longest input worth normalising: no text shrinks to a quarter of itself but by its spaces.
    private static let maximumTypedByteCount = 4 * maximumByteCount
    /// More than any script in use stacks on one letter; a name full of them covers its neighbours.
    private static let maximumMarksInARow = 3

    /// NFC, inner spaces collapsed: what is shown.
    public let display: String
    /// NFKC and case-folded: what makes two nicknames the same. At most 255 bytes of UTF-8.
    public let key: String

    /// Why a nickname was refused.
    public struct Invalid: Error, Sendable, Equatable {
        /// What to mend, in words, without the nickname.
        public let hint: String
    }

    /// Checks the nickname.
    public init(_ typed: String, reserved: ReservedWords = .standard) throws(Invalid) {
        guard typed.utf8.count <= Self.maximumTypedByteCount else { throw .length }
        display = typed.canonicallyComposed.collapsingSpaces
        guard Self.lengthRange.contains(display.unicodeScalars.count) else { throw .length }
        guard display.utf8.count <= Self.maximumByteCount else { throw .byteCount }
        try Self.checkCharacters(display)
        try Self.checkMarks(display)

        key = display.compatibilityFolded.collapsingSpaces
        guard key.utf8.count <= Self.maximumKeyByteCount else { throw .byteCount }
        guard key.unicodeScalars.contains(where: { !isSpaceOrMark($0) }) else { throw .marks }
        guard Set(key.unicodeScalars.compactMap(Script.init(of:))).count <= 1 else { throw .mixedScripts }
        guard !reserved.contain(key: key) else { throw .reserved }
    }

    /// What a guesser who knows the nickname tries as a password: the whole and its words.
    public var guessableWords: [String] {
        [display] + display.split(separator: " ").map { String($0) }
    }
}

extension Nickname.Invalid {
    static let length = Self(hint: "a nickname has 2 to 32 characters")
    static let byteCount = Self(hint: "a nickname has at most 128 bytes of UTF-8; use fewer characters")
    static let character = Self(hint: "a nickname must not hold control, invisible, private or unassigned characters")
    static let marks = Self(hint: "combining marks must follow a letter, at most 3 in a row")
    static let mixedScripts = Self(
        hint: "write a nickname in one alphabet: Latin, Greek and Cyrillic letters do not mix"
    )
    static let reserved = Self(hint: "this nickname is reserved; choose another")
}

// MARK: - The rules

extension Nickname {
    private static func checkCharacters(_ text: String) throws(Invalid) {
        for scalar in text.unicodeScalars where !isEmojiStyle(scalar) {
            switch scalar.properties.generalCategory {
            case .control, .format, .privateUse, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator:
                throw .character
            default:
                guard !isInvisible(scalar) else { throw .character }
            }
        }
    }

    /// A mark sits on something; one at the beginning would sit on whatever is printed before the name.
    private static func checkMarks(_ text: String) throws(Invalid) {
        var marksInARow = 0
        var hasBase = false
        for scalar in text.unicodeScalars {
            if isMark(scalar) {
                marksInARow += 1
                guard hasBase, marksInARow <= maximumMarksInARow else { throw .marks }
            } else {
                marksInARow = 0
                hasBase = !isSpaceOrMark(scalar)
            }
        }
    }
}

/// The selectors that tell ❤ from ❤️: keyboards type them unasked. The key drops them.
private func isEmojiStyle(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\u{FE0E}" || scalar == "\u{FE0F}"
}

/// Drawn as nothing, though of a category that is drawn: Hangul fillers, the empty Braille pattern and their like.
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isDefaultIgnorableCodePoint || scalar == "\u{2800}"
}

private func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
}

private func isSpaceOrMark(_ scalar: Unicode.Scalar) -> Bool {
    isMark(scalar) || scalar.properties.generalCategory == .spaceSeparator
}
