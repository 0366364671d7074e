// Outcomes to bytes: the reply object, written straight into the output buffer.

/// How replies are written.
struct ReplyEncoding {
    let limits: WireLimits

    /// Appends a reply without its LF.
    ///
    /// - Returns: whether a result was written. One that is too large is replaced by an error: the client could not read it.
    func append(_ outcome: Outcome, id: RequestID, to bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        bytes.append(static: #"{"jsonrpc":"2.0","id":"#)
        id.append(to: &bytes)
        switch outcome {
        case .success(let result):
            bytes.append(static: #","result":"#)
            result.append(to: &bytes)
        case .failure(let failure):
            bytes.append(static: #","error":"#)
            failure.append(to: &bytes, limits: limits)
        }
        bytes.append(UInt8(ascii: "}"))
        let byteCountWithLineFeed = bytes.count - start + 1
        guard byteCountWithLineFeed >= limits.replyByteCount, outcome != .failure(tooLarge) else {
            return outcome.isSuccess
        }
        bytes.removeSubrange(start...)
        return append(.failure(tooLarge), id: id, to: &bytes)
    }

    private var tooLarge: WireError {
        WireError(.internal, hint: "the reply would reach \(limits.replyByteCount) bytes; ask for less")
    }
}

extension Outcome {
    fileprivate var isSuccess: Bool {
        switch self {
        case .success: true
        case .failure: false
        }
    }
}
