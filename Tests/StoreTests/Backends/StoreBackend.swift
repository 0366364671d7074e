// The stores under test. A backend is added to the whole contract by one line in `all`.

import Signup

/// One handle on some data: what a process of signupd has open.
struct Stores: Sendable {
    let accounts: any AccountStore
    let outbox: any Outbox
    let codes: any CodeStore
    let limiter: any RateLimiter
    let shutDown: @Sendable () -> Void
}

/// Data of one test's own, to be opened by any number of handles.
struct FreshData: Sendable {
    let open: @Sendable () async throws -> Stores
    let remove: @Sendable () async throws -> Void
}

/// A way to keep everything signupd keeps.
struct StoreBackend: Sendable, CustomStringConvertible {
    let description: String
    let makeData: @Sendable () async throws -> FreshData

    static let all: [StoreBackend] = [
        .sqlite,
        .servers,
    ]

    /// Runs a test with one handle on fresh data.
    func withStores(_ body: (Stores) async throws -> Void) async throws {
        try await withHandles(1) { try await body($0[0]) }
    }

    /// Runs a test with two handles on the same fresh data, as two processes would have.
    func withTwoHandles(_ body: (Stores, Stores) async throws -> Void) async throws {
        try await withHandles(2) { try await body($0[0], $0[1]) }
    }

    private func withHandles(_ count: Int, _ body: ([Stores]) async throws -> Void) async throws {
        let data = try await makeData()
        var handles: [Stores] = []
        for _ in 0..<count { handles.append(try await data.open()) }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(handles))
        } catch {
            outcome = .failure(error)
        }
        for handle in handles { handle.shutDown() }
        try await data.remove()
        try outcome.get()
    }
}
