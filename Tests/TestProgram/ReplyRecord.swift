// Every reply that a test sees, beside the method it answers: scripts/check-openrpc.py holds them against the document.

import Foundation
import Glibc

/// One connection's requests, and the replies to them. Writes a line for each reply to the file that SIGNUPD_TEST_REPLIES names.
struct ReplyRecord {
    private static let path = ProcessInfo.processInfo.environment["SIGNUPD_TEST_REPLIES"]

    /// By the id's JSON text, so that 1 and "1" differ.
    private var methods: [String: Set<String>] = [:]
    private var unfinishedLine: [UInt8] = []

    /// Notes what was sent, as far as it is requests: their ids and methods.
    mutating func sent(_ bytes: ArraySlice<UInt8>) {
        guard Self.path != nil else { return }
        // Looks at each byte once: a client may send one line of many MiB in pieces.
        var rest = bytes
        while let newline = Self.firstNewline(of: rest) {
            unfinishedLine += rest[..<newline]
            note(line: unfinishedLine[...])
            unfinishedLine.removeAll()
            rest = rest[(newline + 1)...]
        }
        unfinishedLine += rest
    }

    /// By memchr(3): a debug build's own loop takes 0.2 s for a MiB under Address Sanitizer.
    private static func firstNewline(of bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, let found = memchr(start, 0x0A, buffer.count) else { return nil }
            return bytes.startIndex + (UnsafeRawPointer(found) - start)
        }
    }

    /// Records a reply line: one reply, or those of a batch.
    func received(_ line: String) {
        guard Self.path != nil, let reply = Self.parse(Array(line.utf8)[...]) else { return }
        for single in reply as? [Any] ?? [reply] {
            let key = Self.key((single as? [String: Any])?["id"])
            let asked = key.flatMap { methods[$0] } ?? []
            // Two methods under one id: nobody can tell which of them this is the reply to.
            guard asked.count <= 1 else { continue }
            // No method is known, and it was executed: Foundation's parser refuses lines that signupd takes (a U+FEFF in a string).
            if asked.isEmpty, (single as? [String: Any])?["result"] != nil { continue }
            Self.write(["method": asked.first as Any? ?? NSNull(), "reply": single])
        }
    }

    /// Records a whole run of `signupd pipe`.
    static func note(_ input: [UInt8], arguments: [String], output: String) {
        guard path != nil else { return }
        var record = ReplyRecord()
        if let option = arguments.firstIndex(of: "--method"), arguments.indices.contains(option + 1) {
            let lineCount = input.count { $0 == UInt8(ascii: "\n") } + 1
            for number in 1...lineCount { record.methods["\(number)"] = [arguments[option + 1]] }
        } else {
            record.sent(input + [UInt8(ascii: "\n")])
        }
        for line in output.split(separator: "\n") { record.received(String(line)) }
    }

    private mutating func note(line: ArraySlice<UInt8>) {
        let hasMark = line.starts(with: [0xEF, 0xBB, 0xBF])
        guard let message = Self.parse(hasMark ? line.dropFirst(3) : line) else { return }
        for single in message as? [Any] ?? [message] {
            guard let request = single as? [String: Any], let key = Self.key(request["id"]) else { continue }
            if let method = request["method"] as? String { methods[key, default: []].insert(method) }
        }
    }

    /// `nil` for what is no JSON: it reached no method.
    private static func parse(_ line: ArraySlice<UInt8>) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(line), options: .fragmentsAllowed)
    }

    private static func key(_ id: Any?) -> String? {
        guard let id, let text = try? JSONSerialization.data(withJSONObject: id, options: .fragmentsAllowed) else {
            return nil  // No id, or nothing that was JSON.
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// One write, appended whole: tests of one process and of several write to one file.
    private static func write(_ record: [String: Any]) {
        guard let path, let text = try? JSONSerialization.data(withJSONObject: record) else { return }
        let line = Array(text) + [UInt8(ascii: "\n")]
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        // A record that is lost is seen at the end: every method must have one.
        _ = Glibc.write(file, line, line.count)
    }
}
