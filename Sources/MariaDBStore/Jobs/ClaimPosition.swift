// Where the last claim ended in the index of due mail.

import Signup
import Synchronization

/// Lets a claim begin where the one before it ended.
///
/// What lies before has been claimed. Until the server's purge has taken such an entry away, a search from the beginning walks
/// over it and locks it: when thousands of mails leave in a second, that was most of a claim. So only now and then, and whenever
/// too little is found behind the place, a claim begins at the beginning, where a clock that is slow or an operator may have put
/// a row meanwhile.
final class ClaimPosition: Sendable {
    /// A row by what the index is ordered by.
    struct Place: Equatable {
        let dueAt: Timestamp
        let createdAt: Timestamp
        let id: Int64
    }

    /// The longest that a row before the place waits for more than its turn.
    private static let longestTrust: Duration = .seconds(1)

    private let last = Mutex<(place: Place, trustedUntil: ContinuousClock.Instant)?>(nil)

    /// Where to begin; `nil`: at the beginning.
    func start(now: ContinuousClock.Instant) -> Place? {
        last.withLock { last in
            guard let known = last, now < known.trustedUntil else { return nil }
            return known.place
        }
    }

    /// A claim that began at the beginning ended there; `nil`: it found all there was.
    func began(endingAt place: Place?, now: ContinuousClock.Instant) {
        last.withLock { $0 = place.map { ($0, now + Self.longestTrust) } }
    }

    /// A claim that began at the last place ended there.
    func went(on place: Place) {
        last.withLock { $0?.place = place }
    }
}
