// The directory: `tmp`, `new` and `cur`, and files that appear in `new` whole or not at all.

import Glibc

/// Paths and system calls of one Maildir, for the thread that writes it.
struct MaildirFolder: Sendable {
    /// A call that failed, with the reason the system gave.
    struct Failure: Error {
        let action: String
        let errorNumber: Int32

        /// Of the calling thread's `errno`, so make it right after the call.
        init(_ action: String) {
            self.action = action
            errorNumber = errno
        }

        init(_ action: String, errorNumber: Int32) {
            self.action = action
            self.errorNumber = errorNumber
        }

        var text: String { "maildir: cannot \(action): \(String(cString: strerror(errorNumber)))" }
    }

    let path: String

    /// Makes what is missing, for nobody but us: mails hold codes. Cheap when all is there, so it is done for every batch
    /// and a Maildir that was moved away comes back.
    func create() throws(Failure) {
        try makeDirectory(path)
        for name in ["tmp", "new", "cur"] { try makeDirectory("\(path)/\(name)") }
    }

    /// Others may look into none of the directories that hold mail.
    func checkPrivacy(mayBeMissing: Bool = false) throws(Failure) {
        for name in ["tmp", "new", "cur"] {
            var status = stat()
            guard stat("\(path)/\(name)", &status) == 0 else {
                if mayBeMissing, errno == ENOENT || errno == ENOTDIR { continue }
                throw Failure("look at \(name)")
            }
            guard status.st_mode & 0o077 == 0 else {
                throw Failure("keep codes in \(name), which is open to others (chmod 700 it)", errorNumber: EPERM)
            }
        }
    }

    /// Whether a message could be written now.
    func checkWritable() throws(Failure) {
        for name in ["tmp", "new"] where access("\(path)/\(name)", W_OK | X_OK) != 0 {
            throw Failure("write to \(name)")
        }
    }

    /// Writes a file under `tmp`, syncs it, and moves it to `new`. The move is durable after ``syncNew()``.
    func deliver(_ bytes: [UInt8], as name: String) throws(Failure) {
        let temporary = "\(path)/tmp/\(name)"
        do throws(Failure) {
            try write(bytes, to: temporary)
            guard rename(temporary, "\(path)/new/\(name)") == 0 else { throw Failure("move a mail to new") }
        } catch {
            // Best effort: readers of a Maildir sweep `tmp` themselves after 36 hours.
            unlink(temporary)
            throw error
        }
    }

    /// Makes the names in `new` durable.
    func syncNew() throws(Failure) {
        let directory = open("\(path)/new", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Failure("open new") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw Failure("sync new") }
    }

    /// Takes back a mail whose name may not last: its row will be sent again.
    func withdraw(_ name: String) {
        // Best effort: at worst the same mail, with the same Message-ID, is there twice.
        unlink("\(path)/new/\(name)")
    }

    /// With its parents.
    private func makeDirectory(_ path: String) throws(Failure) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw Failure("make a directory")
        }
        try makeDirectory(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failure("make a directory") }
    }

    private func write(_ bytes: [UInt8], to file: String) throws(Failure) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("make a file in tmp") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure("write a mail") }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw Failure("sync a mail") }
    }
}
