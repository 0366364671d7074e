// The socket's settings: who may use it, and how much of it.

import Glibc
import Wire

/// Who may use the socket, beyond what the permissions of its file say.
struct SocketAccess: Sendable {
    /// The group of the file; `nil`: the server's own.
    var socketGroupID: gid_t?
    /// With both empty everybody is admitted.
    var userIDs: Set<uid_t> = []
    var groupIDs: Set<gid_t> = []

    /// Root and the server's own user are never locked out: they could become anybody else.
    func admits(_ peer: Peer) -> Bool {
        if userIDs.isEmpty, groupIDs.isEmpty { return true }
        return userIDs.contains(peer.userID) || groupIDs.contains(peer.groupID)
            || peer.userID == 0 || peer.userID == Peer.thisProcess.userID
    }
}

/// A user as an operator writes one: by name or number.
enum UserName {
    /// `nil` if this machine knows none of that name.
    static func id(of name: String) -> uid_t? {
        uid_t(name) ?? getpwnam(name)?.pointee.pw_uid
    }
}

extension SettingsReader {
    mutating func socketAccess() -> SocketAccess {
        var access = SocketAccess()
        if let name = text(.socketGroup) {
            access.socketGroupID = groupID(name)
            if access.socketGroupID == nil { refuse(.socketGroup, "'\(name)' is no group of this machine") }
        }
        for name in list(.allowedUsers) {
            if let id = UserName.id(of: name) {
                access.userIDs.insert(id)
            } else {
                refuse(.allowedUsers, "'\(name)' is no user of this machine")
            }
        }
        for name in list(.allowedGroups) {
            if let id = groupID(name) {
                access.groupIDs.insert(id)
            } else {
                refuse(.allowedGroups, "'\(name)' is no group of this machine")
            }
        }
        return access
    }

    mutating func wireLimits() -> WireLimits {
        var limits = WireLimits()
        limits.connectionCount = integer(.connections, default: limits.connectionCount, in: 1...65_536)
        limits.connectionCountPerUser = integer(
            .connectionsPerUser,
            default: limits.connectionCountPerUser,
            in: 0...65_536
        )
        limits.idleTime = seconds(.idleSeconds, default: limits.idleTime, in: 0...31_536_000)
        return limits
    }

    private mutating func list(_ setting: Setting) -> [String] {
        (text(setting) ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    private func groupID(_ name: String) -> gid_t? {
        gid_t(name) ?? getgrnam(name)?.pointee.gr_gid
    }
}
