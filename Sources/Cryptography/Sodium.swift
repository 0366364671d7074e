// libsodium starts once, before anything of it is used.

internal import CSodium

enum Sodium {
    /// `sodium_init` is thread-safe and idempotent; it fails only where the system has no random source, and then nothing of
    /// signupd can be trusted.
    private static let started: Void = {
        precondition(sodium_init() >= 0, "libsodium could not start: no random source")
    }()

    static func start() {
        started
    }
}
