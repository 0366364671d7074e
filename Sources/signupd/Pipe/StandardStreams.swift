// Standard input and output, each on a thread of its own: SwiftNIO refuses regular files, and a read may block for ever.

import Glibc
import Synchronization
import Threads

/// Reads standard input a chunk at a time.
final class StandardInput: Sendable {
    /// What one read takes: a whole line of the largest size.
    private static let chunkByteCount = 65_536

    private let worker: Worker<Completion<[UInt8], StreamFailure>>
    /// The end of a pipe that hangs up, to whoever watches the other, when reading is over; -1 once it has.
    private let heldEnd: Atomic<Int32>

    init() {
        var ends: [Int32] = [-1, -1]
        // EMFILE at a start with no file open: poll then ignores the descriptor, and only cancelling is lost.
        pipe(&ends)
        heldEnd = Atomic(ends[1])
        let watched = ends[0]
        // One read is under way at most; the caller asks for the next when it has room.
        worker = Worker(name: "stdin", capacity: 1, batchLimit: 1) { Reader(cancellation: watched) }
    }

    /// The next bytes; empty at the end, and after ``cancel()``.
    func read() async throws(StreamFailure) -> [UInt8] {
        try await Completion<[UInt8], StreamFailure>.wait { completion in
            do throws(QueueRefusal) {
                try worker.submit(completion)
            } catch {
                completion.fail(StreamFailure(operation: "read", code: EBUSY))
            }
        }
    }

    /// Ends the read under way, and every later one, as if the input had ended. Once is enough, twice does no harm.
    func cancel() {
        let end = heldEnd.exchange(-1, ordering: .relaxed)
        if end >= 0 { close(end) }
    }

    private struct Reader: BatchProcessor {
        let cancellation: Int32

        func process(_ batch: [Completion<[UInt8], StreamFailure>]) {
            for completion in batch { completion.finish(waitUntilReadable() ? read() : .success([])) }
        }

        /// Whether there is input (or its end) to read; `false` once cancelled.
        private func waitUntilReadable() -> Bool {
            var descriptors = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancellation, events: Int16(POLLIN), revents: 0),
            ]
            while poll(&descriptors, 2, -1) < 0, errno == EINTR {}
            return descriptors[1].revents == 0
        }

        private func read() -> Result<[UInt8], StreamFailure> {
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: chunkByteCount) { buffer, count in
                var status = Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
                while status < 0, errno == EINTR {
                    status = Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
                }
                if status < 0 { code = errno }
                count = max(0, status)
            }
            return code == 0 ? .success(bytes) : .failure(StreamFailure(operation: "read", code: code))
        }
    }
}

/// Writes standard output whole.
final class StandardOutput: Sendable {
    private struct Job: Sendable {
        let bytes: [UInt8]
        let completion: Completion<Void, StreamFailure>
    }

    private let worker: Worker<Job>

    init() {
        worker = Worker(name: "stdout", capacity: 1, batchLimit: 1) { Writer() }
    }

    /// Returns once every byte is with the kernel.
    func write(_ bytes: [UInt8]) async throws(StreamFailure) {
        try await Completion<Void, StreamFailure>.wait { completion in
            do throws(QueueRefusal) {
                try worker.submit(Job(bytes: bytes, completion: completion))
            } catch {
                completion.fail(StreamFailure(operation: "write", code: EBUSY))
            }
        }
    }

    private struct Writer: BatchProcessor {
        func process(_ batch: [Job]) {
            for job in batch { job.completion.finish(write(job.bytes)) }
        }

        private func write(_ bytes: [UInt8]) -> Result<Void, StreamFailure> {
            var written = 0
            while written < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.write(STDOUT_FILENO, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                }
                if count < 0 {
                    if errno == EINTR { continue }
                    return .failure(StreamFailure(operation: "write", code: errno))
                }
                written += count
            }
            return .success(())
        }
    }
}

/// A stream that broke.
struct StreamFailure: Error, CustomStringConvertible {
    let operation: String
    let code: Int32

    var description: String {
        "cannot \(operation) standard \(operation == "read" ? "input" : "output"): \(String(cString: strerror(code)))"
    }
}
