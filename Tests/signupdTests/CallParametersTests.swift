// The words of `signupd call`: strings, JSON, standard input, and `_meta`.

import Foundation
import Testing
import Wire

@testable import signupd

@Suite("the words of signupd call")
struct CallParametersTests {
    private func parse(_ words: [String], input: String = "") throws -> JSONObject {
        try CallParameters.parse(words) { Data(input.utf8) }
    }

    @Test("key=value is a string, whatever it looks like")
    func strings() throws {
        #expect(try parse(["code=222222", "note=a=b", "empty="]) == ["code": "222222", "note": "a=b", "empty": ""])
    }

    @Test("key:=json is JSON")
    func json() throws {
        #expect(try parse(["limit:=3", "ids:=[1,2]", "loud:=true"]) == ["limit": 3, "ids": [1, 2], "loud": true])
    }

    @Test("- reads params from standard input, and words add to them")
    func standardInput() throws {
        #expect(try parse(["-", "b=2"], input: #"{"a":"1"}"#) == ["a": "1", "b": "2"])
    }

    @Test("_meta.name goes into _meta")
    func metadata() throws {
        let expected: JSONObject = ["_meta": ["idempotency_key": "k", "timeout_ms": 50]]
        #expect(try parse(["_meta.idempotency_key=k", "_meta.timeout_ms:=50"]) == expected)
    }

    @Test("anything else is a mistake", arguments: [["word"], ["a:=oops"], ["-"]])
    func mistakes(words: [String]) {
        #expect(throws: (any Error).self) { try parse(words, input: "[]") }
    }
}
