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

    /// Checks the shape of some UTF-8. `minimumLength` in code points, 1–128.
    ///
    /// ASCII is its own normal form: the password of most people is never in a Swift string. The normal form of any other is for
    /// the time of this call, and that is released, but nobody can wipe it.
    public init(_ typed: SecretBytes, minimumLength: Int = 8) throws(Invalid) {
        guard typed.count <= Self.maximumTypedByteCount else { throw .tooLong }
        if typed.withBytes({ $0.allSatisfy { $0 < 0x80 } }) {
            try Self.check(length: typed.count, minimum: minimumLength)
            guard !typed.withBytes({ $0.contains { $0 < 0x20 || $0 == 0x7F } }) else { throw .control }
            bytes = typed
        } else {
            let normal = typed.withBytes { String(decoding: $0, as: UTF8.self) }.canonicallyComposed
            try Self.check(length: normal.unicodeScalars.count, minimum: minimumLength)
            guard !normal.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                throw .control
            }
            bytes = SecretBytes(normal.utf8)
        }
    }

    /// The same for a text that is no secret, or is one elsewhere too.
    public init(_ typed: String, minimumLength: Int = 8) throws(Invalid) {
        try self.init(SecretBytes(typed.utf8), minimumLength: minimumLength)
    }

    private static func check(length: Int, minimum: Int) throws(Invalid) {
        guard length <= maximumLength else { throw .tooLong }
        guard length >= minimum else { throw Invalid(hint: "a password has at least \(minimum) characters") }
    }
}

extension Password.Invalid {
    fileprivate static let tooLong = Self(hint: "a password has at most \(Password.maximumLength) characters")
    fileprivate static let control = Self(
        hint: "a password must not hold control characters, such as a line break or a tab"
    )
}
