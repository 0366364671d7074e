// Who may use the operators' methods: the check stands before the method, and nowhere else.

import Glibc
import Testing
import Wire

@testable import signupd

@Suite("operators")
struct OperatorsTests {
    /// Answers whoever reaches it.
    private struct Open: signupd.Method {
        let name: String
        let operatorsOnly: Bool

        func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue { true }
    }

    private let table = MethodTable(
        immediate: [],
        backed: [Open(name: "guarded", operatorsOnly: true), Open(name: "free", operatorsOnly: false)],
        operators: Operators(named: [4711]),
        statistics: ServiceStatistics()
    )

    private func outcome(_ method: String, userID: UInt32) async -> Outcome {
        let context = RequestContext(deadline: .now + .seconds(5), peer: Peer(userID: userID, groupID: 0))
        return await table.run(Request(id: .integer(1), method: method), context: context)
    }

    @Test("root, our own user and those the operator names are let through", arguments: [0, geteuid(), 4711])
    func admitted(userID: UInt32) async {
        #expect(await outcome("guarded", userID: userID) == .success(true))
    }

    @Test("anyone else is denied, whatever their group", arguments: [4712, UInt32.max])
    func denied(userID: UInt32) async throws {
        guard case .failure(let error) = await outcome("guarded", userID: userID) else {
            Issue.record("let through")
            return
        }
        #expect(error.reason == .peerDenied)
    }

    @Test("all other methods are for everyone", arguments: [0, 4712])
    func others(userID: UInt32) async {
        #expect(await outcome("free", userID: userID) == .success(true))
    }
}
