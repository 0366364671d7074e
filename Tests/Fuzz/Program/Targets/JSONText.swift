// A JSON text. What is accepted is written as ASCII that reads back the same; the scan of a cut line agrees with the parser.

@testable import Wire

extension FuzzTarget {
    static let json = FuzzTarget("json") { input in
        let limit = WireLimits().depth
        guard let value = try? JSONValue.parse(input) else { return }
        hold(!NestingScan(input).isUnclosed, "nothing is open at the end")
        hold(depth(of: value) <= limit, "nothing is deeper than the limit")
        hold(!input.contains(0), "no NUL is taken")
        check(value)
        let encoded = value.encoded()
        hold(encoded.allSatisfy { (0x20...0x7E).contains($0) }, "output is printable ASCII")
        guard let again = try? JSONValue.parse(encoded) else { fatalError("what was written cannot be read") }
        hold(again == value, "what was written reads back the same")
        hold(again.encoded() == encoded, "and is written the same again")
    }

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map { depth(of: $0) }.max() ?? 0)
        case .object(let object): 1 + (object.members.map { depth(of: $0.value) }.max() ?? 0)
        default: 0
        }
    }

    private static func check(_ value: JSONValue) {
        switch value {
        case .string(let text): hold(!text.utf8.contains(0), "no string holds a NUL")
        case .real(let number): hold(number.isFinite, "no number is infinite")
        case .array(let elements): for element in elements { check(element) }
        case .object(let object):
            // Bytes, not characters: two names may look the same and differ.
            hold(Set(object.members.map { Array($0.name.utf8) }).count == object.members.count, "no name stands twice")
            for member in object.members { check(member.value) }
        default: break
        }
    }
}
