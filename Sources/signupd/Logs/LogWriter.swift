// The one writer of log lines. Lines of the program's own state leave at once, as far as the log takes them. Lines of requests, of which
// there may be tens of thousands a second, are gathered for a moment and leave in one write: a write(2) for each would cost the requests
// more than their lines are worth. A process that is killed loses at most that moment's lines of requests, and what the log had no room
// for.

import Glibc
import Synchronization
import Threads

/// Writes lines to a descriptor, whole and in the order they were given.
final class LogWriter: Sendable {
    /// How long a line of a request waits for company.
    static let gatheringTime: Duration = .milliseconds(10)
    /// Gathered bytes beyond this mean that nobody reads the log fast enough: then lines are dropped and counted.
    static let gatheredByteLimit = 1_048_576

    /// How long a process that ends waits for its log: a reader that lives needs less.
    static let farewellTime: Duration = .milliseconds(500)

    static let standardError = LogWriter(STDERR_FILENO)

    private struct Gathered {
        var bytes: [UInt8] = []
        var droppedCount = 0
    }

    private let descriptor: Int32
    private let gathered = Mutex(Gathered())
    /// Held while bytes leave, so that lines neither mix nor overtake each other.
    private let door = Mutex<Void>(())
    /// Started by the first line that waits: most commands write none.
    private let flusher = Mutex<Worker<Void>?>(nil)

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes a line now, behind those that were gathered, and waits for a log that is not read: for who has nothing else to do.
    func write(_ line: [UInt8]) {
        door.withLock { _ in leave(takeGathered() + line) }
    }

    /// Writes a line now, behind those that were gathered; what the log does not take at once is gathered again. A server that waited
    /// for its log would serve nobody, and could not be stopped.
    func post(_ line: [UInt8]) {
        let isLeft = door.withLockIfAvailable { _ in
            let rest = leaveAtOnce(takeGathered() + line, until: .now)
            gathered.withLock { $0.bytes = rest + $0.bytes }
            return !rest.isEmpty
        }
        switch isLeft {
        case nil: gather(line)
        case true?: askForFlush()
        case false?: break
        }
    }

    /// Writes a line within ``gatheringTime``, or drops it if the log is far behind.
    func gather(_ line: [UInt8]) {
        let isFirst = gathered.withLock { gathered in
            guard gathered.bytes.count + line.count <= Self.gatheredByteLimit else {
                gathered.droppedCount += 1
                return false
            }
            gathered.bytes += line
            return gathered.bytes.count == line.count
        }
        if isFirst { askForFlush() }
    }

    /// Writes what was gathered.
    func flush() {
        door.withLock { _ in leave(takeGathered()) }
    }

    /// Writes what was gathered, as far as the log takes it within ``farewellTime``: the last that a process does.
    func flushAtEnd() {
        let end = ContinuousClock.now + Self.farewellTime
        repeat {
            let rest = door.withLockIfAvailable { _ in leaveAtOnce(takeGathered(), until: end) }
            if rest != nil { return }
            usleep(1000)
        } while ContinuousClock.now < end
    }

    private func askForFlush() {
        flusher.withLock { flusher in
            let worker = flusher ?? Worker(name: "log", capacity: 1, batchLimit: 1) { [self] in Flusher(writer: self) }
            flusher = worker
            // Full: a flush is asked for already, and it has yet to take what was gathered.
            try? worker.submit(())
        }
    }

    private func takeGathered() -> [UInt8] {
        let taken = gathered.withLock { gathered in
            defer { gathered = Gathered() }
            return gathered
        }
        guard taken.droppedCount > 0 else { return taken.bytes }
        let notice = "signupd: \(taken.droppedCount) lines were dropped: the log is not read fast enough\n"
        return taken.bytes + Array(notice.utf8)
    }

    /// - Returns: what there was no room for.
    private func leaveAtOnce(_ bytes: [UInt8], until end: ContinuousClock.Instant) -> [UInt8] {
        var rest = bytes[...]
        while !rest.isEmpty {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let patience = max(.zero, end - .now)
            guard poll(&ready, 1, Int32(patience / .milliseconds(1))) == 1 else { return Array(rest) }
            // A pipe that says it is ready takes this much without waiting (pipe(7), PIPE_BUF).
            let count = rest.prefix(4096).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                return Array(rest)
            } else if errno != EINTR {
                return []
            }
        }
        return []
    }

    private func leave(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                // Nobody holds the other end any more, and there is no better place to say so.
                return
            }
        }
    }

    private struct Flusher: BatchProcessor {
        let writer: LogWriter

        func process(_ batch: [Void]) {
            usleep(UInt32(gatheringTime / .microseconds(1)))
            writer.flush()
        }
    }
}
