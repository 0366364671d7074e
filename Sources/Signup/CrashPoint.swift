// Named places where a debug build can be told to die, so that the chaos test gets into the middle of everything.

#if DEBUG
    import Glibc
    import Synchronization
#endif

/// A moment before or after a step that changes something. Reaching one costs and does nothing in a release build.
///
/// `SIGNUPD_CRASH_AT=signup.before-commit:3` aborts a debug build when it gets there for the third time.
public enum CrashPoint: String, CaseIterable, Sendable {
    case signupBeforeSurvey = "signup.before-survey"
    case signupBeforeCharge = "signup.before-charge"
    case signupBeforeHash = "signup.before-hash"
    case signupBeforeCommit = "signup.before-commit"
    case signupAfterCommit = "signup.after-commit"
    case signupBeforeAnswer = "signup.before-answer"
    case resendBeforeCommit = "resend.before-commit"
    case resendAfterCommit = "resend.after-commit"
    case sendBeforeClaim = "send.before-claim"
    case sendAfterClaim = "send.after-claim"
    case sendBeforeInstall = "send.before-install"
    case sendAfterInstall = "send.after-install"
    case sendBeforeTransport = "send.before-transport"
    case sendAfterTransport = "send.after-transport"
    case sendAfterFailure = "send.after-failure"
    case sendAfterSettlement = "send.after-settlement"
    case verifyBeforeComparison = "verify.before-comparison"
    case verifyAfterComparison = "verify.after-comparison"
    case verifyAfterActivation = "verify.after-activation"
    case verifyBeforeAnswer = "verify.before-answer"

    /// Dies here if that was ordered.
    func reach() {
        #if DEBUG
            guard let order = CrashOrder.fromEnvironment, order.point == self else { return }
            if order.passages.add(1, ordering: .relaxed).newValue == order.fatalPassage { abort() }
        #endif
    }
}

#if DEBUG
    /// What SIGNUPD_CRASH_AT says.
    private final class CrashOrder: Sendable {
        static let fromEnvironment = getenv("SIGNUPD_CRASH_AT").flatMap { CrashOrder(String(cString: $0)) }

        let point: CrashPoint
        let fatalPassage: Int
        let passages = Atomic(0)

        private init?(_ text: String) {
            let parts = text.split(separator: ":")
            guard let name = parts.first, let point = CrashPoint(rawValue: String(name)) else { return nil }
            self.point = point
            fatalPassage = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
        }
    }
#endif
