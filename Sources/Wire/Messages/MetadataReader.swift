// Reads `params._meta`. Members it does not know are ignored; those it knows must be right, or null, which is absent.

extension Metadata {
    /// Reads the value of `_meta`.
    init(_ node: JSONNode, limits: WireLimits) throws(WireError) {
        self.init(timeout: limits.defaultTimeout)
        if node.kind == .null { return }
        guard node.kind == .object else {
            throw WireError(.wrongType, field: "_meta", hint: "_meta is an object")
        }
        var failure: WireError?
        node.forEachMember { name, value in
            do throws(WireError) {
                try read(name, value, limits)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private mutating func read(
        _ name: UnsafeRawBufferPointer,
        _ value: JSONNode,
        _ limits: WireLimits
    ) throws(WireError) {
        if value.kind == .null { return }
        if name.equals("timeout_ms") {
            timeout = try .milliseconds(Self.timeoutMilliseconds(value, limits))
        } else if name.equals("idempotency_key") {
            idempotencyKey = try Self.idempotencyKey(value, limits)
        } else if name.equals("traceparent") {
            traceparent = try Self.traceparent(value, limits)
        }
    }

    private static func timeoutMilliseconds(_ value: JSONNode, _ limits: WireLimits) throws(WireError) -> Int64 {
        let allowed = limits.timeoutMilliseconds
        guard case .integer(let milliseconds) = value.kind, allowed.contains(milliseconds) else {
            let hint = "an integer of milliseconds, \(allowed.lowerBound) to \(allowed.upperBound)"
            throw WireError(.wrongType, field: "_meta.timeout_ms", hint: hint)
        }
        return milliseconds
    }

    private static func idempotencyKey(_ value: JSONNode, _ limits: WireLimits) throws(WireError) -> String {
        let allowed = limits.idempotencyKeyLength
        let key = value.text
        guard value.kind == .string, allowed.contains(key.unicodeScalars.count) else {
            let hint = "a string of \(allowed.lowerBound) to \(allowed.upperBound) characters"
            throw WireError(.wrongType, field: "_meta.idempotency_key", hint: hint)
        }
        return key
    }

    /// Visible ASCII only: it goes into the logs.
    private static func traceparent(_ value: JSONNode, _ limits: WireLimits) throws(WireError) -> String {
        let allowed = limits.traceparentByteCount
        let bytes = value.utf8
        guard value.kind == .string, allowed.contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            let hint = "a string of \(allowed.lowerBound) to \(allowed.upperBound) visible ASCII characters"
            throw WireError(.wrongType, field: "_meta.traceparent", hint: hint)
        }
        return value.text
    }
}
