// A password's shape. How hard it is to guess is another check, on another thread.

public import Cryptography

/// A password of allowed shape (length, characters), normalised to NFC so that every keyboard types the same one.
public struct Password: Sendable {
    /// The longest password, in code points.
    public static let maximumLength = 128
    /// The longest input worth normalising: no code point of NFC is typed in more than 12 bytes.
    private static let maximumTypedByteCount = 12 * maximumLength

    /// NFC, UTF-8.
    public let bytes: SecretBytes

    /// Why a password was refused.
    public struct Invalid: Error, Sendable, Equatable {
        /// What to mend, in words.
        public let hint: String
    }

    /// Checks the shape. `minimumLength` in code points, 1–128.
    ///
    /// The wire's own copy of `typed`, and the normal form of a password beyond ASCII, are Swift strings: those are
    /// released, but nobody can wipe them.
    public init(_ typed: String, minimumLength: Int = 8) throws(Invalid) {
        guard typed.utf8.count <= Self.maximumTypedByteCount else { throw .tooLong }
        // ASCII is its own normal form: the password of most people is copied into memory that is wiped, and nowhere else.
        let normal = typed.utf8.allSatisfy { $0 < 0x80 } ? typed : typed.canonicallyComposed
        let length = normal.unicodeScalars.count
        guard length <= Self.maximumLength else { throw .tooLong }
        guard length >= minimumLength else {
            throw Invalid(hint: "a password has at least \(minimumLength) characters")
        }
        guard !normal.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw Invalid(hint: "a password must not hold control characters, such as a line break or a tab")
        }
        bytes = SecretBytes(normal.utf8)
    }
}

extension Password.Invalid {
    fileprivate static let tooLong = Self(hint: "a password has at most \(Password.maximumLength) characters")
}
