// Nicknames that would let someone pass for the people who run the place.

extension Nickname {
    /// Words nobody may take, in any disguise that this file sees through.
    public struct ReservedWords: Sendable {
        private let skeletons: Set<String>

        /// Takes the words of a setting; none at all reserves nothing.
        public init(_ words: [String]) {
            skeletons = Set(words.map { skeleton(of: $0.compatibilityFolded) }.filter { !$0.isEmpty })
        }

        /// admin, root, support and their like.
        public static let standard = ReservedWords([
            "abuse", "admin", "administration", "administrator", "billing", "helpdesk", "hostmaster", "mailer daemon",
            "moderator", "nobody", "no reply", "official", "operator", "owner", "postmaster", "root", "security",
            "signupd",
            "staff", "superuser", "support", "sysadmin", "system", "webmaster",
        ])

        /// Whether a nickname's key reads as one of the words: as a whole, never as a part ("rooter" is free).
        func contain(key: String) -> Bool {
            skeletons.contains(skeleton(of: key))
        }
    }
}

/// What is left for the eye: letters and digits only (so `a.d-m_i n` is `admin`), look-alikes replaced by one of them.
///
/// In the manner of UTS 39, section 4, for the few letters that reserved words are imitated with. It is used for nothing
/// else, so that two people may well be called Рома and Poma.
private func skeleton(of key: String) -> String {
    var skeleton = String.UnicodeScalarView()
    for scalar in key.unicodeScalars where scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        skeleton.append(lookAlikes[scalar] ?? scalar)
    }
    return String(skeleton)
}

/// Folded letters that look like a Latin one in lower or in upper case, and the digits that pass for letters.
private let lookAlikes: [Unicode.Scalar: Unicode.Scalar] = {
    let pairs: [(looks: String, like: Unicode.Scalar)] = [
        ("аα", "a"), ("вβ", "b"), ("сϲ", "c"), ("ԁ", "d"), ("еε", "e"), ("һнη", "h"), ("ј", "j"), ("кκ", "k"),
        ("i1іιӏ", "l"), ("мμ", "m"), ("пν", "n"), ("0оο", "o"), ("рρ", "p"), ("ԛ", "q"), ("г", "r"), ("5ѕ", "s"),
        ("тτ", "t"), ("υ", "u"), ("ѵ", "v"), ("ԝ", "w"), ("хχ", "x"), ("у", "y"), ("ζ", "z"),
    ]
    return Dictionary(
        uniqueKeysWithValues: pairs.flatMap { pair in pair.looks.unicodeScalars.map { ($0, pair.like) } }
    )
}()
