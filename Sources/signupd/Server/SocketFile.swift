// The Unix socket on disk: one server a path, mode 0660 from the first instant, and never somebody else's file removed.

import Foundation

/// Why the socket could not be had.
enum SocketFailure: Error, CustomStringConvertible {
    /// Another signupd holds the lock beside the socket.
    case inUse(path: String)
    /// Something that is no socket stands at the path.
    case notASocket(path: String)
    case pathTooLong(path: String)
    case system(operation: String, path: String, code: Int32)

    var description: String {
        switch self {
        case .inUse(let path): "another signupd serves \(path); stop it, or give this one another --socket"
        case .notASocket(let path): "\(path) is there and is no socket; it was left alone: give another --socket"
        case .pathTooLong(let path):
            "\(path) is longer than a socket's path may be (107 bytes); give a shorter --socket"
        case .system(let operation, let path, let code): "\(operation) \(path): \(String(cString: strerror(code)))"
        }
    }
}

/// A bound, not yet listening socket, and the lock that makes it ours.
struct SocketFile: Sendable {
    let path: String
    let descriptor: Int32
    private let lockDescriptor: Int32
    private let identity: FileIdentity

    /// Takes the lock, removes a stale socket, and binds. A second server on the path fails and disturbs nothing.
    ///
    /// - Parameter groupID: the group that the file is given to; `nil`: the server's own.
    init(path: String, groupID: gid_t? = nil) throws(SocketFailure) {
        self.path = path
        lockDescriptor = try Self.lock(path)
        do throws(SocketFailure) {
            try Self.removeStale(path)
            descriptor = try Self.bind(path, groupID: groupID)
            identity = try FileIdentity(path)
        } catch {
            close(lockDescriptor)
            throw error
        }
    }

    /// Removes the socket if it is still the one we made, then gives the lock up.
    ///
    /// The lock file stays: removing it would let two servers hold "the" lock on different files.
    func remove() {
        if let now = try? FileIdentity(path), now == identity { unlink(path) }
        close(lockDescriptor)
    }

    private static func lock(_ path: String) throws(SocketFailure) -> Int32 {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(operation: "cannot open", path: lockPath, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { throw .inUse(path: path) }
            throw .system(operation: "cannot lock", path: lockPath, code: code)
        }
        return descriptor
    }

    /// Under the lock a socket at the path is a dead server's; it is never asked, for a hung one would not answer.
    private static func removeStale(_ path: String) throws(SocketFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .system(operation: "cannot look at", path: path, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        guard unlink(path) == 0 else { throw .system(operation: "cannot remove the stale", path: path, code: errno) }
    }

    private static func bind(_ path: String, groupID: gid_t?) throws(SocketFailure) -> Int32 {
        var address = try socketAddress(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(operation: "cannot make a socket for", path: path, code: errno) }
        // On Linux the mode set before bind, less the umask, is what the file is born with; the chmod after it undoes the
        // umask. Nobody can connect before listen, so no moment is wider than 0660.
        fchmod(descriptor, 0o660)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0, chmod(path, 0o660) == 0 else {
            let code = errno
            close(descriptor)
            throw .system(operation: "cannot bind", path: path, code: code)
        }
        if let groupID, lchown(path, uid_t.max, groupID) != 0 {
            let code = errno
            close(descriptor)
            unlink(path)
            throw .system(operation: "cannot give the group \(groupID)", path: path, code: code)
        }
        return descriptor
    }

    /// The address of a path, with its closing NUL.
    static func socketAddress(_ path: String) throws(SocketFailure) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .pathTooLong(path: path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }
}

/// Which file a path names: by device and inode, so that a file put in its place is not taken for it.
private struct FileIdentity: Equatable {
    let device: dev_t
    let inode: ino_t

    init(_ path: String) throws(SocketFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .system(operation: "cannot look at", path: path, code: errno) }
        device = status.st_dev
        inode = status.st_ino
    }
}
