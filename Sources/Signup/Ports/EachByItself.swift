// Calls for many things, for stores that have nothing better than a call for each.

extension CodeStore {
    public func install(
        _ codes: [CodeInstallation],
        now: Timestamp,
        deadline: Deadline
    ) async -> [Result<Void, BackendFailure>] {
        await eachByItself(codes) { code throws(BackendFailure) in
            try await install(code, now: now, deadline: deadline)
        }
    }
}

extension Outbox {
    public func settle(
        _ endings: [AttemptEnding],
        now: Timestamp,
        deadline: Deadline
    ) async -> [Result<Bool, BackendFailure>] {
        await eachByItself(endings) { ending throws(BackendFailure) in
            try await settle(ending.lease, as: ending.settlement, now: now, deadline: deadline)
        }
    }
}

/// Calls for all of them at once, and returns the results in their order.
private func eachByItself<Element: Sendable, Value: Sendable>(
    _ elements: [Element],
    _ call: @escaping @Sendable (Element) async throws(BackendFailure) -> Value
) async -> [Result<Value, BackendFailure>] {
    await withTaskGroup(of: (Int, Result<Value, BackendFailure>).self) { group in
        for (index, element) in elements.enumerated() {
            group.addTask {
                do throws(BackendFailure) {
                    return (index, .success(try await call(element)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        var results = [Result<Value, BackendFailure>?](repeating: nil, count: elements.count)
        for await (index, result) in group { results[index] = result }
        return results.compactMap(\.self)
    }
}
