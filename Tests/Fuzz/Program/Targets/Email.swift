// An e-mail address. What is accepted holds nothing that could end a line, a header, a command or a path, and is what a second reading
// of the rules, written differently, accepts too.

import Signup

extension FuzzTarget {
    static let email = FuzzTarget("email") { input in
        let text = input.text
        let address = try? EmailAddress(text)
        hold((address != nil) == keepsRules(Array(text.utf8)), "both readings of the rules agree")
        guard let address else { return }
        hold(Array(address.typed.utf8) == Array(text.utf8), "mail goes to the address as typed")
        hold(address.typed.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "no space, no control, no CR or LF")
        hold(
            !address.typed.utf8.contains { Array("\"\\<>()[],:;%!".utf8).contains($0) },
            "nothing that means something to SMTP"
        )
        guard let again = try? EmailAddress(address.identity) else { fatalError("the identity is no address") }
        hold(again.identity == address.identity, "the identity is its own identity")
        hold(again.limitSubject == address.limitSubject, "limits see one subject")
        hold(address.limitSubject.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "limits have a plain key")
        hold(address.limitSubject.hasSuffix(address.identity.drop { $0 != "@" }), "and of the same domain")
        hold((try? EmailAddress(text.uppercased()))?.identity == address.identity, "case makes no other member")
    }

    /// The rules of the contract, label by label from the right.
    private static func keepsRules(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= 254, let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let local = bytes[..<at]
        guard (1...64).contains(local.count), local.first != UInt8(ascii: "-") else { return false }
        var previous = UInt8(ascii: ".")
        for byte in local {
            let isDot = byte == UInt8(ascii: ".")
            guard isDot ? previous != byte : isLetterOrDigit(byte) || "#$&'*+-/=?^_`{|}~".utf8.contains(byte),
                previous != UInt8(ascii: "$") || byte != UInt8(ascii: "{")
            else { return false }
            previous = byte
        }
        guard previous != UInt8(ascii: ".") else { return false }
        var labels: [[UInt8]] = [[]]
        for byte in bytes[(at + 1)...] {
            if byte == UInt8(ascii: ".") { labels.append([]) } else { labels[labels.count - 1].append(byte) }
        }
        let dash = UInt8(ascii: "-")
        return labels.count > 1
            && labels.allSatisfy { label in
                !label.isEmpty && label.count < 64 && label.first != dash && label.last != dash
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == dash }
            }
            && labels[labels.count - 1].contains { !(0x30...0x39).contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
