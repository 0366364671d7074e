// Signups become members: many in one transaction, by three statements over all of them.

import Signup

extension Activation: SharedWork {
    typealias Value = ActivationOutcome

    /// A replacement nickname is the one thing that differs from row to row.
    var sharesTransaction: Bool { nickname == nil }

    static func run(_ work: [Activation], in attempt: Attempt) throws(DatabaseError) -> [ActivationOutcome] {
        if work.count == 1, let only = work.first { return [try only.runAlone(on: attempt.connection)] }
        let members = try Promotion(of: work).run(on: attempt.connection)
        return work.map { members[$0.signupID].map { .activated($0) } ?? .unknownSignup }
    }

    /// In company a taken name fails the batch; alone it is an outcome.
    private func runAlone(on connection: MariaDBConnection) throws(DatabaseError) -> ActivationOutcome {
        do {
            let members = try Promotion(of: [self]).run(on: connection)
            return members[signupID].map { .activated($0) } ?? .unknownSignup
        } catch {
            switch error.kind {
            case .duplicate(key: "members_email"): return .emailTaken
            case .duplicate(key: "members_nickname_key"): return .nicknameTaken
            default: throw error
            }
        }
    }
}

/// The statements of one transaction of activations.
private struct Promotion {
    /// In order: rows are locked in the order of their ids, so that two batches wait for each other one way round only.
    let ids: [SignupID]
    let verifiedAt: Timestamp
    let nickname: Nickname?

    init(of activations: [Activation]) {
        ids = Set(activations.map(\.signupID)).sorted()
        // They queued within a moment; the members of a batch share its time.
        verifiedAt = activations.map(\.now).max() ?? Timestamp(millisecondsSince1970: 0)
        nickname = activations.count == 1 ? activations.first?.nickname : nil
    }

    /// Locks the pending signups, makes their members, and finds those that were members already.
    func run(on connection: MariaDBConnection) throws(DatabaseError) -> [SignupID: Member] {
        var members: [SignupID: Member] = [:]
        for member in try insertMembers(on: connection) { members[member.signupID] = member }
        let promoted = ids.filter { members[$0] != nil }
        if !promoted.isEmpty { try markVerified(promoted, on: connection) }
        let others = ids.filter { members[$0] == nil }
        if !others.isEmpty {
            for member in try findMembers(others, on: connection) { members[member.signupID] = member }
        }
        return members
    }

    private func insertMembers(on connection: MariaDBConnection) throws(DatabaseError) -> [Member] {
        if let nickname, let id = ids.first {
            let values: [Parameter] = [.text(nickname.display), .text(nickname.key), .time(verifiedAt), .id(id)]
            return try connection.query(Self.insertRenamed, values, Self.member)
        }
        let list = Self.insert.padded(ids.map { .id($0) })
        return try connection.query(list.statement, [.time(verifiedAt)] + list.values, Self.member)
    }

    private func markVerified(_ ids: [SignupID], on connection: MariaDBConnection) throws(DatabaseError) {
        if let nickname, let id = ids.first {
            try connection.execute(Self.verifyRenamed, [.text(nickname.display), .text(nickname.key), .id(id)])
        } else {
            let list = Self.verify.padded(ids.map { .id($0) })
            try connection.execute(list.statement, list.values)
        }
    }

    private func findMembers(_ ids: [SignupID], on connection: MariaDBConnection) throws(DatabaseError) -> [Member] {
        let list = Self.find.padded(ids.map { .id($0) })
        return try connection.query(list.statement, list.values, Self.member)
    }

    private static func member(_ row: ResultRow) throws(DatabaseError) -> Member {
        Member(
            id: try row.integer(0),
            signupID: try row.signupID(1),
            email: try row.text(2),
            nickname: try row.text(3),
            verifiedAt: try row.time(4)
        )
    }

    // With and without another nickname: an expression where a column would do costs the server a tenth of the whole.
    private static let insert = ListStatement(
        """
        INSERT INTO members
            (signup_id, email, nickname, nickname_key, password_hash, is_active, created_at, verified_at)
        SELECT id, email, nickname, nickname_key, password_hash, TRUE, created_at, ?
        FROM signups WHERE id IN (?*) AND state = 'pending' ORDER BY id FOR UPDATE
        RETURNING id, signup_id, email, nickname, verified_at
        """
    )
    private static let insertRenamed = Statement(
        """
        INSERT INTO members
            (signup_id, email, nickname, nickname_key, password_hash, is_active, created_at, verified_at)
        SELECT id, email, ?, ?, password_hash, TRUE, created_at, ?
        FROM signups WHERE id = ? AND state = 'pending' FOR UPDATE
        RETURNING id, signup_id, email, nickname, verified_at
        """
    )
    private static let verify = ListStatement("UPDATE signups SET state = 'verified' WHERE id IN (?*)")
    private static let verifyRenamed = Statement(
        "UPDATE signups SET state = 'verified', nickname = ?, nickname_key = ? WHERE id = ?"
    )
    private static let find = ListStatement(
        "SELECT id, signup_id, email, nickname, verified_at FROM members WHERE signup_id IN (?*)"
    )
}
