// How long a code lives, as people say it in their language: "1 hour", "1시간".

import Signup

/// The words for a duration in one language.
struct LifetimeWords: Sendable {
    let text: @Sendable (Duration) -> String

    /// `nil` for a language that has no words here; its templates name `{{minutes}}` instead.
    static func of(_ locale: String) -> LifetimeWords? {
        switch locale.prefix(while: { $0 != "-" }) {
        case "en": english
        case "ko": korean
        default: nil
        }
    }

    private static let english = LifetimeWords { duration in
        let (count, unit) = Unit.split(duration)
        let name =
            switch unit {
            case .hour: "hour"
            case .minute: "minute"
            case .second: "second"
            }
        return count == 1 ? "1 \(name)" : "\(count) \(name)s"
    }

    private static let korean = LifetimeWords { duration in
        let (count, unit) = Unit.split(duration)
        switch unit {
        case .hour: return "\(count)시간"
        case .minute: return "\(count)분"
        case .second: return "\(count)초"
        }
    }

    private enum Unit {
        case hour, minute, second

        /// The largest unit of which it is a whole number.
        static func split(_ duration: Duration) -> (count: Int, unit: Unit) {
            let seconds = duration.secondsRoundedUp
            if seconds % 3600 == 0 { return (seconds / 3600, .hour) }
            if seconds % 60 == 0 { return (seconds / 60, .minute) }
            return (seconds, .second)
        }
    }
}
