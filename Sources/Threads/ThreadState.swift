// What a thread knows of itself, for as long as it lives.

import Glibc

/// Touched by its own thread only.
final class ThreadState {
    /// Whom this thread is to wake.
    let gathering = Gathering()
    /// Whether the caller that it resumes may go on in it.
    var offersItself = false

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { pointer in
            // The thread ends: what `ofThisThread` retained for it goes.
            if let pointer { Unmanaged<ThreadState>.fromOpaque(pointer).release() }
        }
        // EAGAIN: over a thousand keys. Only a defect makes so many.
        precondition(status == 0, "pthread_key_create failed with \(status)")
        return key
    }()

    static var ofThisThreadIfAny: ThreadState? {
        pthread_getspecific(key).map { Unmanaged<ThreadState>.fromOpaque($0).takeUnretainedValue() }
    }

    static func ofThisThread() -> ThreadState {
        if let known = ofThisThreadIfAny { return known }
        let new = ThreadState()
        pthread_setspecific(key, Unmanaged.passRetained(new).toOpaque())
        return new
    }
}
