// What a method knows of a request beyond its params: until when it is waited for, and who sent it.

import Glibc
import Signup

/// The circumstances of one request.
struct RequestContext: Sendable {
    /// Later than this nobody waits for the outcome.
    let deadline: Deadline
    let peer: Peer
}

/// The Unix process at the other end of a connection, as the kernel knew it when it connected.
struct Peer: Sendable, Hashable {
    let userID: uid_t
    /// The primary group; supplementary ones are not told.
    let groupID: gid_t

    /// This process: whoever feeds a pipe's standard input is who runs it.
    static var thisProcess: Peer { Peer(userID: geteuid(), groupID: getegid()) }
}
