// What counts as JSON here, and what ours looks like.

import Testing
import Wire

@Suite("JSON")
struct JSONTests {
    @Test(
        "a value reads back as it was written",
        arguments: [
            nil, true, false, 0, -1, 10, 99, .integer(.max), .integer(.min), 0.1, -1.5e300,
            .real(.leastNonzeroMagnitude), "", "plain",
            "quote \" backslash \\ slash / tab \t line \n\r bell \u{7} delete \u{7F}", "é ł 語 \u{2028} 🚲",
            [], [[], [1, "a"]], [:], ["b": 1, "a": ["c": nil]],
        ] as [JSONValue]
    )
    func roundTrip(_ value: JSONValue) throws {
        let bytes = value.encoded()
        #expect(bytes.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(try JSONValue.parse(bytes) == value)
    }

    @Test("output is compact ASCII, with surrogate pairs for what lies beyond the first plane")
    func encoding() {
        let value: JSONValue = ["a": [1, -20, 0.5, true, nil], "é": "\u{1}\"\\\n🚲"]
        let text = String(decoding: value.encoded(), as: UTF8.self)
        #expect(text == #"{"a":[1,-20,0.5,true,null],"\u00e9":"\u0001\"\\\n\ud83d\udeb2"}"#)
    }

    @Test("members keep the order in which they were sent, and are equal in any")
    func memberOrder() throws {
        let value = try JSONValue.parse(#"{"z":1,"a":2,"m":3}"#.utf8)
        guard case .object(let object) = value else {
            Issue.record("not an object")
            return
        }
        #expect(object.members.map(\.name) == ["z", "a", "m"])
        #expect(value == ["a": 2, "m": 3, "z": 1])
        #expect(value != ["a": 2, "m": 3])
        #expect(value != ["a": 2, "m": 3, "z": 2])
    }

    @Test("a member is set, replaced and removed by name")
    func subscripting() {
        var object: JSONObject = ["a": 1]
        object["b"] = 2
        object["a"] = 3
        #expect(object.members.map(\.name) == ["a", "b"] && object["a"] == 3)
        object["a"] = JSONValue?.none
        #expect(object == ["b": 2])
    }

    @Test(
        "what is not JSON, or is doubtful, is refused, saying why",
        arguments: [
            ("", .incomplete), ("[1,", .incomplete), (#"{"a":"#, .incomplete), ("[1,]", .syntax),
            ("{\"a\":1,}", .syntax), ("[01]", .syntax), ("[1.]", .syntax), ("+1", .syntax), (".5", .syntax),
            ("NaN", .syntax), ("[tru]", .syntax), ("tru", .incomplete), ("1.", .incomplete), ("'a'", .syntax),
            ("\"\u{1}\"", .syntax), (#""\x""#, .syntax),
            (#""\ud800""#, .syntax), (#""\ude00\ud83d""#, .syntax), (#""\ud800\ud800""#, .syntax),
            (#"{"\ude00":1}"#, .syntax), (#""\u00""#, .syntax),
            ("{} {}", .trailingText), ("1 x", .trailingText), ("01", .trailingText), ("\u{E9}", .syntax),
            ("\u{FEFF}{}", .syntax), (#"{"a":1,"\u0061":2}"#, .duplicateName),
            ("9223372036854775808", .numberOutOfRange), ("-9223372036854775809", .numberOutOfRange),
            ("1e400", .numberOutOfRange), ("0e309", .numberOutOfRange),
            ("1" + String(repeating: "0", count: 310) + "e-300", .numberOutOfRange), (#""\u0000""#, .nulCharacter),
            (#"{"\u0000":1}"#, .nulCharacter),
            ("[1\u{0}]", .nulCharacter), ("1\u{0}", .nulCharacter),
        ] as [(String, JSONSyntaxError.Problem)]
    )
    func refused(_ text: String, _ problem: JSONSyntaxError.Problem) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(text.utf8) }
        #expect(error?.problem == problem)
    }

    @Test(
        "text that is not strict UTF-8 is refused",
        arguments: [
            [0xFF], [0x61, 0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
        ] as [[UInt8]]
    )
    func invalidUTF8(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse([quote] + bytes + [quote]) }
        #expect(error?.problem == .invalidUTF8)
        let bare = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(bytes) }
        #expect(bare?.problem == .invalidUTF8)
    }

    @Test("a name twice is found among few names and among many", arguments: [2, 16, 17, 5000])
    func duplicates(_ count: Int) throws {
        let names = (0..<count).map { "name \($0)" }
        func text(_ names: [String]) -> String {
            "{" + names.map { "\"\($0)\":{\"name 0\":[0]}" }.joined(separator: ",") + "}"
        }
        #expect(throws: Never.self) { try JSONValue.parse(text(names).utf8) }
        for twice in [0, (count - 1) / 2, count - 2] {
            let error = #expect(throws: JSONSyntaxError.self) {
                try JSONValue.parse(text(names.dropLast() + [names[twice]]).utf8)
            }
            #expect(error?.problem == .duplicateName)
        }
    }

    @Test("characters beyond ASCII are taken as they stand and as escapes, in names too")
    func unicode() throws {
        let value = try JSONValue.parse(#"{"é":"\u00e9","\ud83d\udeb2":"🚲","\u0041":"ﬁ \ud7ff\ue000"}"#.utf8)
        #expect(value == ["é": "é", "🚲": "🚲", "A": "ﬁ \u{D7FF}\u{E000}"])
    }

    @Test("a control character in a string must be escaped", arguments: 1...0x1F as ClosedRange<UInt8>)
    func control(_ byte: UInt8) {
        for length in [0, 15, 40] {
            let before = "\"" + String(repeating: "x", count: length)
            let text = Array(before.utf8) + [byte] + Array("xxxxxxxxxxxxxxxxxxxx\"".utf8)
            let error = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(text) }
            #expect(error?.problem == .syntax)
        }
    }

    @Test("depth is counted over arrays and objects, and brackets in strings do not count")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: #"[{"a":"#, count: depth / 2) + "1" + String(repeating: "}]", count: depth / 2)
        }
        _ = try JSONValue.parse(nested(32).utf8, depthLimit: 32)
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(nested(34).utf8, depthLimit: 32) }
        #expect(error?.problem == .tooDeep)
        let brackets = #"["\\\"[[[[","{{{{",[],[],[],[]]"#
        _ = try JSONValue.parse(brackets.utf8, depthLimit: 2)
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(brackets.utf8, depthLimit: 1) }
    }

    @Test("a text of a million brackets is refused without recursion")
    func brackets() {
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONValue.parse([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
        }
        #expect(error?.problem == .tooDeep)
    }

    @Test("an error tells where and what to mend, and repeats nothing of the text")
    func hint() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(#"{"password":"hunter2\x"}"#.utf8) }
        #expect(error?.hint.contains("near byte") == true)
        #expect(error?.hint.contains("hunter") == false)
    }

    @Test("not-a-number and infinity, which JSON cannot say, become null", arguments: [Double.nan, .infinity])
    func notFinite(_ value: Double) {
        #expect(JSONValue.real(value).encoded() == Array("null".utf8))
    }
}
