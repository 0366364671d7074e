// The network address of whoever sits in front of the backend, as the backend tells it.

import Glibc

/// An IPv4 address, or the /64 of an IPv6 one: what one subscriber usually holds.
public struct ClientAddress: Sendable, Hashable {
    /// The subject that limits count: `203.0.113.7` or `2001:db8:1:2::/64`.
    public let limitSubject: String

    /// Reads the usual text forms; an IPv4 address inside IPv6 (`::ffff:203.0.113.7`) counts as IPv4. `nil` for anything else.
    public init?(_ text: String) {
        // A NUL would end the text early for inet_pton.
        guard text.utf8.count <= Int(INET6_ADDRSTRLEN), !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            limitSubject = Self.dotted(withUnsafeBytes(of: four) { Array($0) })
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: six) { Array($0) }
        let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        if Array(bytes.prefix(12)) == mappedPrefix {
            limitSubject = Self.dotted(Array(bytes.suffix(4)))
        } else {
            let groups = stride(from: 0, to: 8, by: 2).map { position in
                String(UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1]), radix: 16)
            }
            limitSubject = groups.joined(separator: ":") + "::/64"
        }
    }

    private static func dotted(_ bytes: [UInt8]) -> String {
        bytes.map(String.init).joined(separator: ".")
    }
}
