// What the tests of outages share: waiting for what must come, and reading what has arrived.

import Foundation
import TestProgram
import TestServers

/// Asks again until there is an answer. Fails after `seconds`, saying what did not come.
func waitFor<Value>(
    _ what: String,
    seconds: Double = 30,
    _ find: () throws -> Value?
) async throws -> Value {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if let value = try find() { return value }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw ServerFailure("no \(what) after \(seconds) s")
}

/// How long `body` took, and what it gave.
func timed<Value>(_ body: () throws -> Value) rethrows -> (value: Value, duration: Duration) {
    let start = ContinuousClock.now
    let value = try body()
    return (value, ContinuousClock.now - start)
}

extension [String: any Sendable] {
    /// The members of `error.data`.
    var errorData: [String: any Sendable]? { error?["data"] as? [String: any Sendable] }
    var retryAfter: Int? { errorData?["retry_after"] as? Int }
    var signupID: String? { result?["signup_id"] as? String }
}

extension SocketClient {
    /// The state of the newest mail to an address.
    func mail(of email: String) throws -> [String: any Sendable]? {
        try call(900, "status", ["email": email]).result?["mail"] as? [String: any Sendable]
    }

    /// Waits until an attempt to send the mail to an address has failed. Returns what went wrong.
    func lastReply(of email: String) async throws -> String {
        try await waitFor("failed attempt for \(email)") { try mail(of: email)?["last_reply"] as? String }
    }
}

extension SMTPSink {
    /// Waits for the newest code mailed to an address, besides those known already.
    func code(to address: String, besides known: Set<String> = [], seconds: Double = 30) async throws -> String {
        try await waitFor("mail to \(address)", seconds: seconds) {
            try received(0).filter { $0.to == [address] }
                .compactMap { Maildir.code(in: String(decoding: $0.data, as: UTF8.self)) }
                .first { !known.contains($0) }
        }
    }
}

extension AuthenticatingSMTPServer {
    /// Waits for the code mailed to an address.
    func code(to address: String, seconds: Double = 30) async throws -> String {
        try await waitFor("mail to \(address)", seconds: seconds) {
            try messages().filter { $0.to == [address] }
                .compactMap { Maildir.code(in: String(decoding: $0.data, as: UTF8.self)) }.first
        }
    }
}

extension Program {
    /// The rows of `signupd outbox list --json`.
    func outbox(_ arguments: [String] = []) throws -> [[String: any Sendable]] {
        let finished = try run(["outbox", "list", "--json"] + arguments)
        guard finished.status == 0 else { throw ServerFailure("outbox list: \(finished.errors)") }
        return try JSONLine.object(finished.output)["entries"] as? [[String: any Sendable]] ?? []
    }

    /// The same program with other settings.
    func with(_ settings: [String: String]) -> Program {
        Program(environment: environment.merging(settings) { $1 })
    }
}
