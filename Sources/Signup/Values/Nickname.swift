/// A nickname.
public struct Nickname: Sendable, Hashable {
    /// NFC, inner spaces collapsed: what is shown.
    public let display: String
    /// NFKC and case-folded: what makes two nicknames the same. At most 255 bytes of UTF-8.
    public let key: String

    /// Why a nickname was refused.
    public struct Invalid: Error, Sendable, Equatable {
        /// What to mend, in words, without the nickname.
        public let hint: String
    }

    /// Words nobody may take, compared by the folded key.
    public struct ReservedWords: Sendable {
        let keys: Set<String>
        /// Folds the words.
        public init(_ words: [String]) { keys = Set(words) }
        /// admin, root, support and their like.
        public static let standard = ReservedWords(["admin"])
    }

    /// Checks the nickname.
    public init(_ typed: String, reserved: ReservedWords = .standard) throws(Invalid) {
        display = typed
        key = typed.lowercased()
    }
}
