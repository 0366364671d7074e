// Nicknames and passwords: text from people, in all of Unicode. However a text is composed, it means the same; what is accepted holds no
// control character and is accepted again as it is shown.

import Cryptography
import Foundation
import Signup

extension FuzzTarget {
    static let nickname = FuzzTarget("nickname") { input in
        let text = input.text
        let nickname = try? Nickname(text)
        let composed = try? Nickname(text.precomposedStringWithCanonicalMapping)
        hold(nickname?.key == composed?.key || text.utf8.count > 256, "composed or not, it is the same name")
        guard let nickname else { return }
        let scalars = nickname.display.unicodeScalars
        hold((2...32).contains(scalars.count), "2 to 32 code points")
        hold(nickname.display.utf8.count <= 128 && nickname.key.utf8.count <= 255, "it fits its columns")
        hold(
            scalars.allSatisfy(isHarmless) && nickname.key.unicodeScalars.allSatisfy(isHarmless),
            "no control characters"
        )
        hold(scalars.first != " " && scalars.last != " " && !nickname.display.contains("  "), "no idle spaces")
        guard let again = try? Nickname(nickname.display) else { fatalError("what is shown is refused") }
        hold(Array(again.display.utf8) == Array(nickname.display.utf8), "what is shown is shown again")
        hold(again.key == nickname.key, "and is the same name")
        if let key = try? Nickname(nickname.key) { hold(key.key == nickname.key, "a key is its own key") }
    }

    static let password = FuzzTarget("password") { input in
        let text = input.text
        guard let password = try? Password(text) else { return }
        let bytes = password.bytes.withBytes { Array($0) }
        let normal = String(decoding: bytes, as: UTF8.self)
        hold(Array(normal.utf8) == bytes, "it is UTF-8")
        hold((8...128).contains(normal.unicodeScalars.count), "8 to 128 code points")
        hold(normal.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "no control characters")
        guard let again = try? Password(normal) else { fatalError("its normal form is refused") }
        hold(again.bytes.withBytes { Array($0) } == bytes, "the normal form is its own normal form")
        // Typed on another keyboard; longer then, so it may be too long.
        if let decomposed = try? Password(text.decomposedStringWithCanonicalMapping) {
            hold(decomposed.bytes.withBytes { Array($0) } == bytes, "every keyboard types the same password")
        }
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        case .format: scalar == "\u{FE0E}" || scalar == "\u{FE0F}"
        default: true
        }
    }
}
