// The Lua scripts by name. Each is atomic and touches KEYS[1] alone, so that they run in a cluster too.

/// A script; its number is its place among the loaded ones.
enum Script: Int, CaseIterable, Sendable {
    case install
    case evaluate
    case retire
    case recall
    case charge
    case refund
    case delay

    /// What Redis compiles. The time always comes from the caller, never from Redis: tests set it, and one clock decides.
    var source: String {
        switch self {
        case .install: installScript
        case .evaluate: evaluateScript
        case .retire: retireScript
        case .recall: recallScript
        case .charge: chargeScript
        case .refund: refundScript
        case .delay: delayScript
        }
    }

    /// Whether a second run changes nothing more. A wrong guess, a charge and a refund count each time.
    var mayBeRepeated: Bool {
        switch self {
        case .install, .retire, .recall, .delay: true
        case .evaluate, .charge, .refund: false
        }
    }
}
