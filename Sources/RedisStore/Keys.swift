// The names of our keys. A client's text enters them as a digest only, so that no byte of it can mean anything.

import Cryptography
import Signup

/// Names keys under one prefix. The digest is keyless: a name must not change when a secret does.
struct Keys: Sendable {
    private let codes: [UInt8]
    private let rates: [RateSubject.Kind: [UInt8]]

    init(prefix: String) {
        codes = Array("\(prefix):code:{".utf8)
        rates = Dictionary(
            uniqueKeysWithValues: RateSubject.Kind.allCases.map { ($0, Array("\(prefix):rate:\($0.rawValue):{".utf8)) }
        )
    }

    /// The key of all codes of a lower-cased address.
    func codes(of email: String) -> [UInt8] {
        name(codes, email)
    }

    /// The key of a subject's log of charges.
    func charges(of subject: RateSubject) -> [UInt8] {
        name(rates[subject.kind] ?? [], subject.name)
    }

    private func name(_ beginning: [UInt8], _ text: String) -> [UInt8] {
        BLAKE2b.withDigest(of: text) { digest in
            // In place: each verification names two keys.
            [UInt8](unsafeUninitializedCapacity: beginning.count + 2 * digest.count + 1) { name, count in
                _ = name.initialize(fromContentsOf: beginning)
                count = beginning.count
                for byte in digest {
                    name[count] = Hexadecimal.digit(byte >> 4)
                    name[count + 1] = Hexadecimal.digit(byte & 0x0F)
                    count += 2
                }
                name[count] = UInt8(ascii: "}")
                count += 1
            }
        }
    }
}
