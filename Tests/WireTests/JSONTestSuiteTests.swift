// nst/JSONTestSuite against the parser itself: nothing crashes it, nothing wrong passes, and little that is right is refused.

import Dispatch
import Foundation
import Testing
import Wire

/// One file of the suite.
private struct SuiteCase: Decodable {
    let name: String
    let parts: [Part]

    struct Part: Decodable {
        let bytes: Data
        let times: Int

        init(from decoder: any Decoder) throws {
            var pair = try decoder.unkeyedContainer()
            bytes = try pair.decode(Data.self)
            times = try pair.decode(Int.self)
        }
    }

    var bytes: [UInt8] { parts.flatMap { part in (0..<part.times).flatMap { _ in part.bytes } } }

    /// Why the parser refuses it, or `nil` if it takes it.
    func refusal(depthLimit: Int = WireLimits().depth) -> JSONSyntaxError.Problem? {
        do throws(JSONSyntaxError) {
            _ = try JSONValue.parse(bytes, depthLimit: depthLimit)
            return nil
        } catch {
            return error.problem
        }
    }

    static func all() throws -> [SuiteCase] {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Data/JSONTestSuite/test_parsing.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            try JSONDecoder().decode(SuiteCase.self, from: Data(line.utf8))
        }
    }
}

@Suite("nst/JSONTestSuite")
struct JSONTestSuiteTests {
    private let cases: [SuiteCase]

    init() throws {
        cases = try SuiteCase.all()
    }

    private func group(_ prefix: String) -> [SuiteCase] { cases.filter { $0.name.hasPrefix(prefix) } }

    @Test("the whole suite is there")
    func isComplete() {
        #expect(group("y_").count == 95)
        #expect(group("n_").count == 188)
        #expect(group("i_").count == 35)
    }

    @Test("what is no JSON is refused")
    func wrong() {
        for one in group("n_") { #expect(one.refusal() != nil, "\(one.name)") }
    }

    @Test("what is JSON is taken, but for a name twice and a NUL")
    func right() {
        let refused = [
            "y_object_duplicated_key": JSONSyntaxError.Problem.duplicateName,
            "y_object_duplicated_key_and_value": .duplicateName,
            "y_object_escaped_null_in_key": .nulCharacter,
            "y_string_null_escape": .nulCharacter,
        ]
        for one in group("y_") { #expect(one.refusal() == refused[one.name], "\(one.name)") }
    }

    @Test("what is left to the parser is decided once and for all")
    func own() {
        for one in group("i_") { #expect(one.refusal() == Self.decided[one.name] ?? .syntax, "\(one.name)") }
    }

    @Test("nothing overflows the stack, however deep it nests and however deep it may")
    func deepNesting() throws {
        let open = try #require(cases.first { $0.name == "n_structure_100000_opening_arrays" })
        let objects = try #require(cases.first { $0.name == "n_structure_open_array_object" })
        let closed =
            [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
            + [UInt8](repeating: UInt8(ascii: "]"), count: 100_000)
        for text in [open.bytes, objects.bytes, closed] {
            #expect(onSmallStack { (try? JSONValue.parse(text)) == nil })
        }
        // As deep as the limit lets it, within a small stack.
        let deepest =
            [UInt8](repeating: UInt8(ascii: "["), count: 32) + [UInt8](repeating: UInt8(ascii: "]"), count: 32)
        #expect(onSmallStack { (try? JSONValue.parse(deepest)) != nil })
    }

    /// Runs on a thread with the stack of a secondary thread, 512 KiB.
    private func onSmallStack(_ body: @escaping @Sendable () -> Bool) -> Bool {
        let answer = Answer()
        let thread = Thread { answer.give(body()) }
        thread.stackSize = 512 * 1024
        thread.start()
        return answer.wait()
    }

    /// What we do with each `i_`; `nil` takes it.
    private static let decided: [String: JSONSyntaxError.Problem?] = [
        // A number that rounds to zero is still a double; one that does not fit is refused.
        "i_number_double_huge_neg_exp": nil,
        "i_number_huge_exp": .numberOutOfRange,
        "i_number_neg_int_huge_exp": .numberOutOfRange,
        "i_number_pos_double_huge_exp": .numberOutOfRange,
        "i_number_real_neg_overflow": .numberOutOfRange,
        "i_number_real_pos_overflow": .numberOutOfRange,
        "i_number_real_underflow": nil,
        "i_number_too_big_neg_int": .numberOutOfRange,
        "i_number_too_big_pos_int": .numberOutOfRange,
        "i_number_very_big_negative_int": .numberOutOfRange,
        // Half a surrogate pair is no character.
        "i_object_key_lone_2nd_surrogate": .syntax,
        "i_string_1st_surrogate_but_2nd_missing": .syntax,
        "i_string_1st_valid_surrogate_2nd_invalid": .syntax,
        "i_string_incomplete_surrogate_and_escape_valid": .syntax,
        "i_string_incomplete_surrogate_pair": .syntax,
        "i_string_incomplete_surrogates_escape_valid": .syntax,
        "i_string_invalid_lonely_surrogate": .syntax,
        "i_string_invalid_surrogate": .syntax,
        "i_string_inverted_surrogates_U+1D11E": .syntax,
        "i_string_lone_second_surrogate": .syntax,
        // Not UTF-8.
        "i_string_UTF-8_invalid_sequence": .invalidUTF8,
        "i_string_UTF8_surrogate_U+D800": .invalidUTF8,
        "i_string_invalid_utf-8": .invalidUTF8,
        "i_string_iso_latin_1": .invalidUTF8,
        "i_string_lone_utf8_continuation_byte": .invalidUTF8,
        "i_string_not_in_unicode_range": .invalidUTF8,
        "i_string_overlong_sequence_2_bytes": .invalidUTF8,
        "i_string_overlong_sequence_6_bytes": .invalidUTF8,
        "i_string_overlong_sequence_6_bytes_null": .invalidUTF8,
        "i_string_truncated-utf-8": .invalidUTF8,
        // UTF-16 is full of NULs. A BOM is the framer's to skip.
        "i_string_UTF-16LE_with_BOM": .nulCharacter,
        "i_string_utf16BE_no_BOM": .nulCharacter,
        "i_string_utf16LE_no_BOM": .nulCharacter,
        "i_structure_500_nested_arrays": .tooDeep,
        "i_structure_UTF-8_BOM_empty_object": .syntax,
    ]
}

/// A thread's answer to the one that waits for it.
private final class Answer: @unchecked Sendable {
    // @unchecked: the semaphore orders the one write before the one read.
    private let semaphore = DispatchSemaphore(value: 0)
    private var value = false

    func give(_ value: Bool) {
        self.value = value
        semaphore.signal()
    }

    func wait() -> Bool {
        semaphore.wait()
        return value
    }
}
