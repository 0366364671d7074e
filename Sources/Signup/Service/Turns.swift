// Requests that carry the same idempotency key run one after another, so that the second finds what the first did.

/// A turn for each key: whoever comes second waits for the first to finish.
actor Turns {
    private var waiting: [[UInt8]: [CheckedContinuation<Void, Never>]] = [:]

    /// Waits for the key to be free and takes it. Give it back with ``leave(_:)``.
    func enter(_ key: [UInt8]) async {
        guard waiting[key] != nil else {
            waiting[key] = []
            return
        }
        await withCheckedContinuation { continuation in
            waiting[key]?.append(continuation)
        }
    }

    /// Hands the key to the next in line, or frees it.
    func leave(_ key: [UInt8]) {
        guard var line = waiting[key], !line.isEmpty else {
            waiting[key] = nil
            return
        }
        let next = line.removeFirst()
        waiting[key] = line
        next.resume()
    }

    /// How many wait for the key.
    func lengthOfLine(_ key: [UInt8]) -> Int {
        waiting[key]?.count ?? 0
    }
}
