// Who may see and change the mail that is owed, which names the people who sign up, and learn what ails a backend.

import Glibc

/// The Unix users whom the operators' methods answer.
struct Operators: Sendable {
    private let userIDs: Set<UInt32>

    /// Root and our own user, who could read the database anyway, and those whom the operator names.
    init(named userIDs: [UInt32] = []) {
        self.userIDs = Set(userIDs).union([0, geteuid()])
    }

    func contain(_ peer: Peer) -> Bool {
        userIDs.contains(peer.userID)
    }
}
