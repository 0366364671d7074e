// The memory of a thread's last hash, for its next one.
//
// A new mapping is filled with zeros by the kernel, page by page, which Argon2id then writes over: while signups queue that was an
// eighth of the time of all cores. It is kept only while somebody waits to be hashed: 19 MiB for each core are much for a program
// that has nothing to do, and what lies in them was made from a password.

internal import CProcess
import Glibc

/// What the calling thread keeps. Only threads that asked for it keep anything, and no thread ever sees what another one kept.
enum HashMemory {
    private struct Kept {
        var address: UnsafeMutableRawPointer?
        var byteCount = 0
    }

    /// Where each thread notes what it keeps; `nil` if the process has no place left for such a note. Made when it is first asked
    /// for, which neither allocates nor maps.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { note in
            // The thread ends.
            guard let kept = note?.assumingMemoryBound(to: Kept.self) else { return }
            unmap(&kept.pointee)
            kept.deallocate()
        }
        return status == 0 ? key : nil
    }()

    private static var kept: UnsafeMutablePointer<Kept>? {
        guard let key else { return nil }
        return pthread_getspecific(key)?.assumingMemoryBound(to: Kept.self)
    }

    /// From now on the calling thread keeps the large mapping that it unmaps. For a thread that maps nothing large but to hash: it
    /// gets the mapping again as it left it, where others expect zeros. Argon2id writes each block before it reads it (RFC 9106,
    /// section 3.2).
    static func keepOnThisThread() {
        guard let key, kept == nil else { return }
        let note = UnsafeMutablePointer<Kept>.allocate(capacity: 1)
        note.initialize(to: Kept())
        if pthread_setspecific(key, note) != 0 { note.deallocate() }
    }

    /// Gives back to the system what the calling thread keeps: nobody waits for it to hash.
    static func giveBack() {
        if let kept { unmap(&kept.pointee) }
    }

    /// The kept mapping, if it has that size. One of another size goes back: a hash made with other settings was verified, and the
    /// thread needs no more than it hashes with.
    static func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let kept, let address = kept.pointee.address else { return nil }
        guard kept.pointee.byteCount == byteCount else {
            unmap(&kept.pointee)
            return nil
        }
        kept.pointee = Kept()
        return address
    }

    /// Keeps a mapping instead of unmapping it; `false` if the thread keeps none, or another one.
    static func keep(_ address: UnsafeMutableRawPointer, _ byteCount: Int) -> Bool {
        guard let kept, kept.pointee.address == nil else { return false }
        kept.pointee = Kept(address: address, byteCount: byteCount)
        return true
    }

    private static func unmap(_ kept: inout Kept) {
        guard let address = kept.address else { return }
        // It fails only for an address within a page, or at the process's limit of mappings, and this is a whole mapping.
        _ = signupd_unmap(address, kept.byteCount)
        kept = Kept()
    }
}
