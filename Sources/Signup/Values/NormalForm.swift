// Unicode's normal forms and case folding, for text that must compare equal when it looks equal.

import Foundation

extension String {
    /// Normal form C.
    ///
    /// Decomposes first: Foundation alone leaves a Hangul syllable and a following final consonant (U+AC00 U+11A8) apart.
    var canonicallyComposed: String {
        guard !utf8.allSatisfy({ $0 < 0x80 }) else { return self }
        return decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping
    }

    /// What Unicode calls NFKC_Casefold, except that a dotless ı folds to i: without case, without the differences of form
    /// that NFKC levels (full-width letters, ligatures), without what is never drawn. Folding again changes nothing.
    var compatibilityFolded: String {
        // Of ASCII there is one form only.
        guard !utf8.allSatisfy({ $0 < 0x80 }) else { return lowercased() }
        var folded = compatibilityComposed
        // Once is not enough where folding makes a sequence that composes anew; twice has always been.
        for _ in 0..<2 {
            folded = folded.droppingIgnorableScalars.caseFolded.compatibilityComposed
        }
        return folded
    }

    /// Normal form KC, by way of a decomposition for the reason of ``canonicallyComposed``.
    private var compatibilityComposed: String {
        decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
    }

    /// Upper case, then lower case: so ß meets SS, and ς meets Σ.
    private var caseFolded: String {
        var folded = ""
        for scalar in unicodeScalars {
            for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                folded.unicodeScalars.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return folded
    }

    private var droppingIgnorableScalars: String {
        var kept = UnicodeScalarView()
        kept.append(contentsOf: unicodeScalars.lazy.filter { !$0.properties.isDefaultIgnorableCodePoint })
        return String(kept)
    }

    /// Every space of Unicode as U+0020, one at a time, none at the ends.
    var collapsingSpaces: String {
        let words = unicodeScalars.split { $0.properties.generalCategory == .spaceSeparator }
        return words.map { String($0) }.joined(separator: " ")
    }
}
