// Bytes to lines: finds the ends, strips CR and a BOM, refuses what is too long, and holds one line at most beyond a read.

import Glibc

/// The input of one connection that has not been read as lines yet.
struct LineFramer {
    /// One line, or what became of it.
    enum Line<Content> {
        case blank
        case tooLong
        case content(Content)
    }

    private let limits: WireLimits
    private var buffer: [UInt8] = []
    /// Where the next line starts.
    private var head = 0
    /// There is no LF between `head` and here.
    private var searched = 0
    /// The rest of a line that was too long is thrown away as it comes.
    private var isDiscarding = false
    private var isAtStreamStart = true
    private(set) var hasEnded = false

    init(limits: WireLimits) {
        self.limits = limits
    }

    /// Bytes that wait to be read as lines.
    var bufferedByteCount: Int { buffer.count - head }

    /// Whether `next` might still find a line without further input.
    var mayHoldLine: Bool { searched < buffer.count || (hasEnded && head < buffer.count) }

    mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        precondition(!hasEnded, "input after its end")
        buffer.append(contentsOf: bytes)
    }

    mutating func receiveEnd() {
        hasEnded = true
    }

    /// Takes the next line, without its terminator, and lends its bytes to `read`.
    ///
    /// - Parameter read: is told whether an LF ended the line; the last line may lack it.
    /// - Returns: `nil` if no line is complete.
    mutating func next<Content>(
        _ read: (_ line: UnsafeRawBufferPointer, _ isTerminated: Bool) -> Content
    ) -> Line<Content>? {
        while let end = findLineFeed() {
            let range = head..<end
            head = end + 1
            searched = head
            if isDiscarding {
                isDiscarding = false
                continue
            }
            return take(range, isTerminated: true, read)
        }
        searched = buffer.count
        if isDiscarding {
            head = buffer.count
            return nil
        }
        // A BOM and a CR do not count; whether they are there is looked at once the line is complete.
        if bufferedByteCount > limits.lineByteCount + byteOrderMark.count + 1 {
            isDiscarding = true
            isAtStreamStart = false
            head = buffer.count
            return .tooLong
        }
        guard hasEnded, head < buffer.count else { return nil }
        let range = head..<buffer.count
        head = buffer.count
        return take(range, isTerminated: false, read)
    }

    /// Forgets what has been read, once it is the larger half: each byte is moved once on average.
    mutating func compact() {
        if head == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= limits.idleBufferByteCount)
        } else if head > buffer.count / 2 {
            buffer.removeFirst(head)
        } else {
            return
        }
        searched -= head
        head = 0
    }

    private func findLineFeed() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, searched < bytes.count,
                let found = memchr(start + searched, Int32(UInt8(ascii: "\n")), bytes.count - searched)
            else { return nil }
            return UnsafeRawPointer(found) - start
        }
    }

    private mutating func take<Content>(
        _ range: Range<Int>,
        isTerminated: Bool,
        _ read: (UnsafeRawBufferPointer, Bool) -> Content
    ) -> Line<Content> {
        let isFirst = isAtStreamStart
        isAtStreamStart = false
        // A line may hold a password. What was read of it is kept elsewhere, and what is left of it here would lie in freed memory.
        defer { wipe(range) }
        return buffer.withUnsafeBytes { bytes in
            var line = bytes[range]
            if isFirst, line.starts(with: byteOrderMark) { line.removeFirst(byteOrderMark.count) }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.count > limits.lineByteCount { return .tooLong }
            if line.allSatisfy(\.isJSONWhitespace) { return .blank }
            return .content(read(UnsafeRawBufferPointer(rebasing: line), isTerminated))
        }
    }
}

extension LineFramer {
    private mutating func wipe(_ range: Range<Int>) {
        buffer.withUnsafeMutableBytes { bytes in
            let line = UnsafeMutableRawBufferPointer(rebasing: bytes[range])
            if let address = line.baseAddress { memset(address, 0, line.count) }
        }
    }
}

/// U+FEFF in UTF-8, which some shells put before everything they write.
private let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

extension UInt8 {
    fileprivate var isJSONWhitespace: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r")
    }
}
