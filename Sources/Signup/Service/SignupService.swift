// Taking people in: the parts every request needs. One file beside this for each thing that can be asked.

public import Logging

/// Signup, verify, resend and status over the ports. Knows nothing of the wire.
public struct SignupService: Sendable {
    let accounts: any AccountStore
    let codes: any CodeStore
    let redeemer: (any CodeRedeemer)?
    let limiter: any RateLimiter
    let hasher: any PasswordHasher
    let keys: SigningKeys
    let policy: SignupPolicy
    let bell: CourierBell
    let clock: WallClock
    let logger: Logger
    let turns = Turns()

    /// Joins the ports.
    ///
    /// A `redeemer` is `accounts` and `codes`, if they are one store; then a verification asks it alone. The `bell` wakes the
    /// courier of this process when mail is owed.
    public init(
        accounts: any AccountStore,
        codes: any CodeStore,
        redeemer: (any CodeRedeemer)? = nil,
        limiter: any RateLimiter,
        hasher: any PasswordHasher,
        keys: SigningKeys,
        policy: SignupPolicy,
        bell: CourierBell,
        clock: WallClock,
        logger: Logger
    ) {
        self.accounts = accounts
        self.codes = codes
        self.redeemer = redeemer
        self.limiter = limiter
        self.hasher = hasher
        self.keys = keys
        self.policy = policy
        self.bell = bell
        self.clock = clock
        self.logger = logger
    }

    /// Runs a port's call, its failure as the service's own.
    func backend<Value>(
        _ call: () async throws(BackendFailure) -> Value
    ) async throws(ServiceFailure) -> Value {
        do throws(BackendFailure) {
            return try await call()
        } catch {
            throw .backend(error)
        }
    }

    /// Where the operator said so, whoever wants something changed must know the signup's id.
    func requireSignupIDToChange(_ subject: Subject) throws(ServiceFailure) {
        guard policy.verifyBy == .signupID else { return }
        try requireSignupID(subject, hint: "this server takes no e-mail alone (SIGNUPD_VERIFY_BY=signup_id)")
    }

    func requireSignupID(_ subject: Subject, hint: String) throws(ServiceFailure) {
        guard subject.signupID == nil else { return }
        throw .refused(.signupIDRequired(hint: hint))
    }

    func checkedEmail(_ text: String) throws(ServiceFailure) -> EmailAddress {
        do throws(EmailAddress.Invalid) {
            return try EmailAddress(text)
        } catch {
            throw .refused(.invalidEmail(hint: error.hint))
        }
    }

    func checkedNickname(_ text: String) throws(ServiceFailure) -> Nickname {
        do throws(Nickname.Invalid) {
            return try Nickname(text, reserved: policy.reservedNicknames)
        } catch {
            throw .refused(.invalidNickname(hint: error.hint))
        }
    }

    /// Runs `body` while no other request with this key runs; without a key, at once.
    func inTurn<Value>(
        of identity: RequestIdentity?,
        _ body: () async throws(ServiceFailure) -> Value
    ) async throws(ServiceFailure) -> Value {
        guard let key = identity?.key else { return try await body() }
        await turns.enter(key)
        do throws(ServiceFailure) {
            let value = try await body()
            await turns.leave(key)
            return value
        } catch {
            await turns.leave(key)
            throw error
        }
    }
}
