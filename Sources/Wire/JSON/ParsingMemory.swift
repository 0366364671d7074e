// Where jansson keeps what it makes of one line. It asks for some twenty pieces of memory a request and gives them all back a moment
// later: here they lie in a row, and go at once. What a line held, a password perhaps, is wiped with them, from the buffers that
// jansson itself does not wipe too.

internal import CJansson
import Glibc
import Synchronization

/// Memory of one thread, used by one document at a time. Jansson's allocator, which is told nothing of a document, finds it by the
/// thread.
struct ParsingMemory {
    /// A few requests of the usual size; a document that needs more has the rest from the system, as it always had, unwiped.
    private static let byteCount = 16_384
    /// What `malloc` promises.
    private static let alignment = 16

    private let start: UnsafeMutableRawPointer
    private var usedByteCount = 0
    private var isLent = false
    /// Whether there was room for all.
    private var heldEverything = true

    /// Lets jansson work in this thread's memory while `body` runs. Nothing it made may be used when that has returned.
    ///
    /// - Parameter body: is given a closure that says whether anything that jansson made must be released one by one.
    static func lend<Value, Failure: Error>(
        _ body: (_ mustRelease: () -> Bool) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        _ = isInstalled
        let memory = ofThisThread()
        precondition(!memory.pointee.isLent, "one document at a time")
        memory.pointee.isLent = true
        defer { memory.pointee.takeBack() }
        return try body { !memory.pointee.heldEverything }
    }

    /// Whether nothing is left of what this thread parsed.
    static var isBlank: Bool {
        _ = isInstalled
        let memory = ofThisThread().pointee
        return UnsafeRawBufferPointer(start: memory.start, count: byteCount).allSatisfy { $0 == 0 }
    }

    private mutating func takeBack() {
        memset(start, 0, usedByteCount)
        usedByteCount = 0
        heldEverything = true
        isLent = false
    }

    /// A piece, or `nil` where there is no room for it.
    private mutating func take(_ count: Int) -> UnsafeMutableRawPointer? {
        let rounded = (count &+ Self.alignment &- 1) & ~(Self.alignment &- 1)
        guard isLent, count >= 0, rounded <= Self.byteCount - usedByteCount else {
            heldEverything = false
            return nil
        }
        defer { usedByteCount += rounded }
        return start + usedByteCount
    }

    private func holds(_ piece: UnsafeMutableRawPointer) -> Bool {
        piece >= start && piece < start + Self.byteCount
    }

    /// Under which each thread finds its memory. Written once, by `isInstalled`, which everybody looks at first; were it a constant,
    /// each of forty looks a line would make sure that it is there.
    private static let key = Atomic<pthread_key_t>(0)

    private static let isInstalled: Void = {
        var new = pthread_key_t()
        let status = pthread_key_create(&new) { pointer in
            let memory = pointer?.assumingMemoryBound(to: ParsingMemory.self)
            memory?.pointee.start.deallocate()
            memory?.deallocate()
        }
        // EAGAIN: over a thousand keys. Only a defect makes so many.
        precondition(status == 0, "pthread_key_create failed with \(status)")
        key.store(new, ordering: .relaxed)
        json_set_alloc_funcs(
            { count in ofThisThreadIfAny?.pointee.take(count) ?? malloc(count) },
            { piece in
                // What lies in a row goes with the row.
                if let piece, ofThisThreadIfAny?.pointee.holds(piece) != true { free(piece) }
            }
        )
    }()

    private static var ofThisThreadIfAny: UnsafeMutablePointer<ParsingMemory>? {
        pthread_getspecific(key.load(ordering: .relaxed))?.assumingMemoryBound(to: ParsingMemory.self)
    }

    private static func ofThisThread() -> UnsafeMutablePointer<ParsingMemory> {
        if let known = ofThisThreadIfAny { return known }
        let new = UnsafeMutablePointer<ParsingMemory>.allocate(capacity: 1)
        let start = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: alignment)
        memset(start, 0, byteCount)
        new.initialize(to: ParsingMemory(start: start))
        pthread_setspecific(key.load(ordering: .relaxed), new)
        return new
    }

    private init(start: UnsafeMutableRawPointer) {
        self.start = start
    }
}
