// A strict parse of one JSON text (RFC 8259) in one pass. Stricter than that where the contract is: no name twice in an object,
// no U+0000, no lone surrogates, no integer beyond 64 bits, no number beyond a double.
//
// Written by hand, for it is what every request goes through: most strings stay where they stand in the line, and a line of
// ordinary length is parsed without any allocation.

import Cryptography
import Glibc

/// Parses a text that was found to nest no deeper than is good for a recursive parser.
struct JSONParser {
    private typealias Entry = JSONNode.Entry

    private let text: UnsafeRawBufferPointer
    private let entries: UnsafeMutableBufferPointer<JSONNode.Entry>
    private var entryCount = 0
    /// The byte that is read next.
    private var offset = 0
    /// What strings with escapes stand for, one behind the other; none is longer than it was sent.
    private var unescaped = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var unescapedCount = 0

    /// How many values a text has at most, names included: each but the first follows a comma, a colon or an opening bracket.
    /// A loop without branches, which the compiler turns into vector instructions.
    static func entryLimit(_ text: UnsafeRawBufferPointer) -> Int {
        var count = 1
        for byte in text {
            let isSeparator = byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":")
            // `[` and `{` differ in bit 5 only.
            count &+= isSeparator || (byte | 0x20) == UInt8(ascii: "{") ? 1 : 0
        }
        return count
    }

    /// - Parameter entries: memory for as many as ``entryLimit(_:)`` says.
    init(_ text: UnsafeRawBufferPointer, entries: UnsafeMutableBufferPointer<JSONNode.Entry>) {
        self.text = text
        self.entries = entries
    }

    /// The entries of the text. They are good until ``wipe()``.
    mutating func parse() throws(JSONSyntaxError) -> UnsafePointer<JSONNode.Entry> {
        do throws(JSONSyntaxError.Problem) {
            try parseValue()
            skipWhitespace()
            if offset < text.count { throw .trailingText }
        } catch {
            throw JSONSyntaxError(error, byteOffset: offset)
        }
        guard let first = entries.baseAddress else { preconditionFailure("a text has a value") }
        return UnsafePointer(first)
    }

    /// Strings with escapes may be secrets.
    mutating func wipe() {
        guard let address = unescaped.baseAddress else { return }
        memset(address, 0, unescapedCount)
        unescaped.deallocate()
    }
}

// MARK: - Values

extension JSONParser {
    private mutating func parseValue() throws(JSONSyntaxError.Problem) {
        skipWhitespace()
        switch try peek() {
        case UInt8(ascii: "\""): try parseString()
        case UInt8(ascii: "{"): try parseObject()
        case UInt8(ascii: "["): try parseArray()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
        case UInt8(ascii: "t"): try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): try parseWord("null", .null)
        default: throw unexpectedByte
        }
    }

    private mutating func parseObject() throws(JSONSyntaxError.Problem) {
        let place = begin(.object)
        var memberCount = 0
        if !skip(UInt8(ascii: "}")) {
            repeat {
                skipWhitespace()
                guard try peek() == UInt8(ascii: "\"") else { throw unexpectedByte }
                try parseString()
                guard skip(UInt8(ascii: ":")) else { throw offset < text.count ? unexpectedByte : .incomplete }
                try parseValue()
                memberCount += 1
            } while skip(UInt8(ascii: ","))
            try close(with: UInt8(ascii: "}"))
        }
        entries[place].end = Int32(entryCount)
        if memberCount > 1, hasNameTwice(objectAt: place, memberCount: memberCount) { throw .duplicateName }
    }

    private mutating func parseArray() throws(JSONSyntaxError.Problem) {
        let place = begin(.array)
        if !skip(UInt8(ascii: "]")) {
            repeat {
                try parseValue()
                entries[place].elementCount += 1
            } while skip(UInt8(ascii: ","))
            try close(with: UInt8(ascii: "]"))
        }
        entries[place].end = Int32(entryCount)
    }

    private mutating func parseWord(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONSyntaxError.Problem) {
        let isThere = text[offset...].starts(
            with: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        )
        guard isThere else { throw text.count - offset < word.utf8CodeUnitCount ? .incomplete : .syntax }
        offset += word.utf8CodeUnitCount
        append(Entry(kind: kind, end: 0))
    }

    /// Appends what holds others, and goes behind its bracket.
    private mutating func begin(_ kind: JSONNode.Kind) -> Int {
        offset += 1
        append(Entry(kind: kind, end: 0))
        return entryCount - 1
    }

    private mutating func close(with bracket: UInt8) throws(JSONSyntaxError.Problem) {
        guard skip(bracket) else { throw offset < text.count ? unexpectedByte : .incomplete }
    }

    /// Appends a value that ends with itself, for all that is known.
    private mutating func append(_ entry: JSONNode.Entry) {
        var entry = entry
        entry.end = Int32(entryCount + 1)
        // Initialised memory or not makes no difference: an entry is plain bytes.
        entries.initializeElement(at: entryCount, to: entry)
        entryCount += 1
    }
}

// MARK: - Names

extension JSONParser {
    /// A handful is compared each with each; an object of thousands must not cost their square.
    private static let comparedMemberCount = 16

    private func hasNameTwice(objectAt place: Int, memberCount: Int) -> Bool {
        guard memberCount <= Self.comparedMemberCount else { return hasNameTwice(amongMany: names(objectAt: place)) }
        var name = place + 1
        while name < entryCount {
            var earlier = place + 1
            while earlier < name {
                if Self.order(entries[earlier].utf8, entries[name].utf8) == 0 { return true }
                earlier = Int(entries[earlier + 1].end)
            }
            name = Int(entries[name + 1].end)
        }
        return false
    }

    private func hasNameTwice(amongMany names: [UnsafeRawBufferPointer]) -> Bool {
        let sorted = names.sorted { Self.order($0, $1) < 0 }
        return zip(sorted, sorted.dropFirst()).contains { Self.order($0, $1) == 0 }
    }

    /// Of an object that has just ended.
    private func names(objectAt place: Int) -> [UnsafeRawBufferPointer] {
        var names: [UnsafeRawBufferPointer] = []
        var name = place + 1
        while name < entryCount {
            names.append(entries[name].utf8)
            name = Int(entries[name + 1].end)
        }
        return names
    }

    /// By length, then by bytes.
    private static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        guard left.count == right.count else { return left.count - right.count }
        guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
        return Int(memcmp(first, second, left.count))
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func parseNumber() throws(JSONSyntaxError.Problem) {
        let start = offset
        let isNegative = skipByte(UInt8(ascii: "-"))
        let magnitude = try parseIntegralPart()
        var isReal = false
        if skipByte(UInt8(ascii: ".")) {
            isReal = true
            try skipDigits()
        }
        if skipByte(UInt8(ascii: "e")) || skipByte(UInt8(ascii: "E")) {
            isReal = true
            if !skipByte(UInt8(ascii: "+")) { _ = skipByte(UInt8(ascii: "-")) }
            try skipDigits()
        }
        if isReal {
            guard let value = Double(String(decoding: text[start..<offset], as: UTF8.self)), value.isFinite else {
                throw .numberOutOfRange
            }
            append(Entry(kind: .real(value), end: 0))
        } else {
            // The magnitude of the least is one more than that of the greatest.
            guard let magnitude, magnitude <= UInt64(Int64.max) + (isNegative ? 1 : 0) else { throw .numberOutOfRange }
            let value = Int64(truncatingIfNeeded: isNegative ? 0 &- magnitude : magnitude)
            append(Entry(kind: .integer(value), end: 0))
        }
    }

    /// - Returns: `nil` if it is beyond 64 bits.
    private mutating func parseIntegralPart() throws(JSONSyntaxError.Problem) -> UInt64? {
        let start = offset
        try skipDigits()
        // No leading zeros.
        if text[start] == UInt8(ascii: "0"), offset > start + 1 { throw .syntax }
        var magnitude: UInt64 = 0
        for digit in text[start..<offset] {
            let (product, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isJustTooLarge) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            if isTooLarge || isJustTooLarge { return nil }
            magnitude = sum
        }
        return magnitude
    }

    /// At least one.
    private mutating func skipDigits() throws(JSONSyntaxError.Problem) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard digits.contains(try peek()) else { throw unexpectedByte }
        repeat { offset += 1 } while offset < text.count && digits.contains(text[offset])
    }
}

// MARK: - Strings

extension JSONParser {
    /// A string that stands for itself stays where it is.
    private mutating func parseString() throws(JSONSyntaxError.Problem) {
        offset += 1
        let start = offset
        while try skipPlainText() != UInt8(ascii: "\"") {
            if text[offset] == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
            try skipOtherCharacter()
        }
        let utf8 = UnsafeRawBufferPointer(rebasing: text[start..<offset])
        offset += 1
        append(Entry(kind: .string, utf8: utf8, end: 0))
    }

    /// Goes on at the first escape of a string that began at `start`.
    private mutating func parseEscapedString(from start: Int) throws(JSONSyntaxError.Problem) {
        if unescaped.baseAddress == nil { unescaped = .allocate(byteCount: text.count, alignment: 1) }
        let first = unescapedCount
        var written = start
        while try skipPlainText() != UInt8(ascii: "\"") {
            if text[offset] == UInt8(ascii: "\\") {
                write(text[written..<offset])
                write(try parseEscape())
                written = offset
            } else {
                try skipOtherCharacter()
            }
        }
        write(text[written..<offset])
        offset += 1
        let utf8 = UnsafeRawBufferPointer(rebasing: unescaped[first..<unescapedCount])
        append(Entry(kind: .string, utf8: utf8, end: 0))
    }

    /// Goes to the next byte that ends a string, begins an escape, or is none of plain ASCII.
    private mutating func skipPlainText() throws(JSONSyntaxError.Problem) -> UInt8 {
        while offset < text.count, text[offset].isPlain { offset += 1 }
        return try peek()
    }

    private mutating func skipOtherCharacter() throws(JSONSyntaxError.Problem) {
        // What is left of ASCII are control characters, which must be escaped.
        guard text[offset] >= 0x80 else { throw .syntax }
        guard let length = UTF8Sequence.length(in: text[offset...]) else { throw .invalidUTF8 }
        offset += length
    }

    private mutating func parseEscape() throws(JSONSyntaxError.Problem) -> Unicode.Scalar {
        offset += 1
        let letter = try peek()
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try parseCodeUnits()
        default: throw .syntax
        }
    }

    /// What stands behind `\u`: one code unit of UTF-16, or two that belong together.
    private mutating func parseCodeUnits() throws(JSONSyntaxError.Problem) -> Unicode.Scalar {
        let unit = try parseCodeUnit()
        if unit == 0 { throw .nulCharacter }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit) else { throw .syntax }
        for byte in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
            guard try peek() == byte else { throw .syntax }
            offset += 1
        }
        let second = try parseCodeUnit()
        guard UTF16.isTrailSurrogate(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit - 0xD800) << 10) + UInt32(second - 0xDC00))
        else { throw .syntax }
        return scalar
    }

    private mutating func parseCodeUnit() throws(JSONSyntaxError.Problem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Hexadecimal.value(try peek()) else { throw .syntax }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    private mutating func write(_ scalar: Unicode.Scalar) {
        for byte in UTF8.encode(scalar) ?? .init() { write(CollectionOfOne(byte)) }
    }

    private mutating func write(_ bytes: some Collection<UInt8>) {
        UnsafeMutableRawBufferPointer(rebasing: unescaped[unescapedCount...]).copyBytes(from: bytes)
        unescapedCount += bytes.count
    }
}

// MARK: - Bytes

extension JSONParser {
    private func peek() throws(JSONSyntaxError.Problem) -> UInt8 {
        guard offset < text.count else { throw .incomplete }
        return text[offset]
    }

    private mutating func skipWhitespace() {
        while offset < text.count {
            switch text[offset] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): offset += 1
            default: return
            }
        }
    }

    /// Goes behind this byte, and whitespace before it, if it comes next.
    private mutating func skip(_ byte: UInt8) -> Bool {
        skipWhitespace()
        return skipByte(byte)
    }

    private mutating func skipByte(_ byte: UInt8) -> Bool {
        guard offset < text.count, text[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// What is wrong with the byte that comes next.
    private var unexpectedByte: JSONSyntaxError.Problem {
        let isWrongUTF8 = text[offset] >= 0x80 && UTF8Sequence.length(in: text[offset...]) == nil
        return isWrongUTF8 ? .invalidUTF8 : .syntax
    }
}

/// A character beyond ASCII (RFC 3629): no longer than it must be, no surrogate, nothing beyond U+10FFFF.
private enum UTF8Sequence {
    /// How many bytes the character takes that these bytes begin with; `nil` if they begin with none.
    static func length(in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard let first = bytes.first, let (length, second) = shape(first), bytes.count >= length else { return nil }
        let rest = bytes.dropFirst().prefix(length - 1)
        guard let next = rest.first, second.contains(next) else { return nil }
        return rest.dropFirst().allSatisfy { (0x80...0xBF).contains($0) } ? length : nil
    }

    /// How many bytes belong to the first, and what the second may be.
    private static func shape(_ first: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch first {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE, 0xEF: (3, 0x80...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }
}

extension UInt8 {
    /// ASCII that stands for itself in a string.
    fileprivate var isPlain: Bool {
        self >= 0x20 && self < 0x80 && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}
