// A signup, its first mail and its count: all three, or none.

import Signup

struct RecordSignup: Operation {
    let signup: NewSignup

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> RecordOutcome {
        try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            let connection = attempt.connection
            if let earlier = try insertSignup(on: connection) { return .rollBack(earlier) }
            let mail = OweMail(
                signupID: signup.id,
                template: signup.template,
                issue: 1,
                recipient: signup.email.typed,
                locale: signup.locale,
                now: signup.createdAt,
                idempotency: nil
            )
            _ = try mail.insert(on: connection)
            if let retryAfter = try signup.dailyCap?.charge(now: signup.createdAt, on: connection) {
                return .rollBack(.dailyCapReached(retryAfter: retryAfter))
            }
            return .commit(.recorded)
        }
    }

    /// - Returns: the answer, if the signup is there already: recorded by an earlier try of this very call (ids are random, so
    ///   the same id is the same call), or another one under the same idempotency key.
    private func insertSignup(on connection: MariaDBConnection) throws(DatabaseError) -> RecordOutcome? {
        let idempotency = signup.idempotency
        let values: [Parameter] = [
            .id(signup.id), .text(signup.email.identity), .text(signup.email.typed), .text(signup.nickname.display),
            .text(signup.nickname.key), .text(signup.passwordHash.phc), .text(signup.locale), .time(signup.createdAt),
            .bytes(idempotency?.key), .bytes(idempotency?.fingerprint),
            .time(idempotency.map { _ in signup.createdAt }),
        ]
        do {
            try connection.execute(Self.insert, values)
            return nil
        } catch {
            switch error.kind {
            case .duplicate(key: "PRIMARY"):
                return .recorded
            case .duplicate(key: "signups_idempotency_key"):
                return .replayed(try signupOfSameKey(on: connection))
            default:
                throw error
            }
        }
    }

    private func signupOfSameKey(on connection: MariaDBConnection) throws(DatabaseError) -> SignupRecord {
        guard let key = signup.idempotency?.key,
            let record = try FindSignupByKey(idempotencyKey: key).find(on: connection)
        else {
            // Purged between two statements.
            throw .overtaken
        }
        return record
    }

    private static let insert = Statement(
        """
        INSERT INTO signups
            (id, email, recipient, nickname, nickname_key, password_hash, locale, state, issue, created_at,
             idempotency_key, fingerprint, keyed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 1, ?, ?, ?, ?)
        """
    )
}
