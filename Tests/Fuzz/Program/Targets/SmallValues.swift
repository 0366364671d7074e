// Short texts from clients and operators: codes, signup ids, client addresses, mailboxes.

import Signup

@testable import Mail

extension FuzzTarget {
    static let values = FuzzTarget("values") { input in
        let text = input.text
        checkCode(text)
        checkSignupID(text)
        checkClientAddress(text)
        checkMailbox(text)
    }

    private static func checkCode(_ text: String) {
        guard let code = VerificationCode(typed: text) else { return }
        hold(code.text.utf8.count == VerificationCode.length, "6 characters")
        hold(code.text.utf8.allSatisfy { VerificationCode.alphabet.contains($0) }, "of the alphabet")
        hold(VerificationCode(typed: code.text) == code, "as it is mailed it is taken")
        hold(VerificationCode(typed: text.lowercased()) == code, "in either case")
    }

    private static func checkSignupID(_ text: String) {
        guard let id = SignupID(text) else { return }
        hold(id.description == text.lowercased(), "it is written as it was read")
        hold(SignupID(bytes: id.bytes) == id, "and stored as it was read")
    }

    private static func checkClientAddress(_ text: String) {
        guard let address = ClientAddress(text) else { return }
        let subject = address.limitSubject
        hold(subject.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "the subject is printable")
        if subject.hasSuffix("::/64") {
            let network = ClientAddress(String(subject.dropLast(3)))
            hold(network == address, "a network is its own network")
        } else {
            hold(ClientAddress(subject) == address && ClientAddress("::ffff:" + subject) == address, "IPv4 is IPv4")
        }
    }

    private static func checkMailbox(_ text: String) {
        guard let mailbox = try? Mailbox(text) else { return }
        hold(mailbox.address.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "the address cannot end a line")
        let header = mailbox.headerText
        hold(header.utf8.allSatisfy { $0 < 0x7F }, "a header is ASCII")
        // A long name is folded: every line break is followed by a space, so that no new header begins.
        for line in header.replacing("\r\n ", with: "").utf8 { hold(line >= 0x20, "no control character in a header") }
    }
}
