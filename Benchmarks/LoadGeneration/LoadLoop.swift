// The loop of one load on one thread: epoll, requests copied into buffers, replies checked where they lie.

internal import CEpoll
import Glibc

final class LoadLoop {
    private let load: Load
    private let bytes: UnsafeRawBufferPointer
    private let slotCount: Int
    private let checker: ReplyChecker
    private let poll: Int32
    private var streams: [LoadStream] = []
    /// When each request was sent, or should have been; 0: it is not in flight.
    private var startTimes: [Int64]

    private var sent = 0
    private var completed = 0
    private let target: Int
    private var stopsSendingAt: Int64 = 0
    private var isSending = true

    private var latencies = Histogram()
    private var measuredSince: Int64 = 0
    private var lastReply: Int64 = 0
    private var processorSince: Int64 = 0

    init(_ load: Load, bytes: UnsafeRawBufferPointer) throws {
        self.load = load
        self.bytes = bytes
        slotCount = load.requests.count
        target = load.requests.areRepeated ? load.count : min(load.count, slotCount)
        guard target > load.warmUp, load.connections > 0, load.inFlight > 0 else {
            throw LoadFailure("a load of \(target) requests with a warm-up of \(load.warmUp) measures nothing")
        }
        startTimes = [Int64](repeating: 0, count: slotCount)
        checker = ReplyChecker(load.requests.replies)
        poll = epoll_create1(0)
        guard poll >= 0 else { throw LoadFailure("epoll_create1: errno \(errno)") }
        for index in 0..<load.connections {
            let stream = try LoadStream(connectingTo: load.socketPath)
            streams.append(stream)
            var event = epoll_event()
            event.events = EPOLLIN.rawValue
            event.data.u32 = UInt32(index)
            guard epoll_ctl(poll, EPOLL_CTL_ADD, stream.descriptor, &event) == 0 else {
                throw LoadFailure("epoll_ctl: errno \(errno)")
            }
        }
    }

    deinit {
        close(poll)
    }

    func run() throws -> LoadResult {
        let start = Clock.nanoseconds
        processorSince = Clock.threadNanoseconds
        stopsSendingAt = start + Int64(load.seconds * 1e9)
        if load.warmUp == 0 { beginMeasuring(at: start) }
        switch load.pace {
        case .closed:
            for index in streams.indices { try send(load.inFlight, on: index) }
            while !isOver { try wait(until: isSending ? stopsSendingAt : giveUpTime) }
        case .open(let perSecond):
            try runOpen(Schedule(start: start, perSecond: perSecond))
        }
        guard completed > load.warmUp else { throw LoadFailure("no reply came after the warm-up") }
        return LoadResult(
            total: completed,
            completed: completed - load.warmUp,
            seconds: Double(max(1, lastReply - measuredSince)) / 1e9,
            latencies: latencies,
            ownProcessorSeconds: Double(Clock.threadNanoseconds - processorSince) / 1e9,
            wholeSeconds: Double(max(1, lastReply - start)) / 1e9
        )
    }

    private var isOver: Bool { completed == sent && (!isSending || sent == target) }
    private var giveUpTime: Int64 { stopsSendingAt + Load.patienceNanoseconds }

    private func beginMeasuring(at now: Int64) {
        latencies = Histogram()
        measuredSince = now
    }
}

// MARK: - Sending

extension LoadLoop {
    /// Sends up to so many closed-loop requests in one write.
    private func send(_ wanted: Int, on index: Int) throws {
        let stream = streams[index]
        if isSending {
            let now = Clock.nanoseconds
            if now >= stopsSendingAt { isSending = false }
            var left = isSending ? min(wanted, target - sent) : 0
            while left > 0, enqueue(on: stream, startingAt: now) { left -= 1 }
        }
        try flush(index)
    }

    /// `false` when the next request's predecessor with the same id is still out.
    private func enqueue(on stream: LoadStream, startingAt time: Int64) -> Bool {
        let slot = sent % slotCount
        guard startTimes[slot] == 0 else { return false }
        startTimes[slot] = time
        let ends = load.requests.ends
        stream.append(UnsafeRawBufferPointer(rebasing: bytes[ends[slot]..<ends[slot + 1]]), slot: slot)
        sent += 1
        return true
    }

    private func flush(_ index: Int) throws {
        let stream = streams[index]
        let wasBlocked = stream.isBlocked
        try stream.flush()
        guard stream.isBlocked != wasBlocked else { return }
        var event = epoll_event()
        event.events = stream.isBlocked ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        event.data.u32 = UInt32(index)
        guard epoll_ctl(poll, EPOLL_CTL_MOD, stream.descriptor, &event) == 0 else {
            throw LoadFailure("epoll_ctl: errno \(errno)")
        }
    }

    /// Requests go out when they are due, on the connections in turn; one that finds all of them full waits, and its wait counts.
    private func runOpen(_ schedule: Schedule) throws {
        var next = 0
        while !isOver {
            let now = Clock.nanoseconds
            if now >= stopsSendingAt { isSending = false }
            var touched = Set<Int>()
            let due = isSending ? min(schedule.dueCount(by: now), target) : sent
            while sent < due, let index = freeStream(from: next) {
                guard enqueue(on: streams[index], startingAt: schedule.dueTime(of: sent)) else { break }
                touched.insert(index)
                next = (index + 1) % streams.count
            }
            for index in touched { try flush(index) }
            // With nothing in flight no reply will come to make room: the time decides then.
            let isFull = sent < due && sent > completed
            let wake = isFull || sent == target ? giveUpTime : schedule.dueTime(of: sent)
            try wait(until: isSending && !isFull ? min(wake, stopsSendingAt) : giveUpTime)
        }
    }

    private func freeStream(from first: Int) -> Int? {
        for step in 0..<streams.count {
            let index = (first + step) % streams.count
            if streams[index].inFlight < load.inFlight { return index }
        }
        return nil
    }
}

// MARK: - Receiving

extension LoadLoop {
    private static let eventCount = 64

    /// Waits for replies until then at most, and takes in what came.
    private func wait(until time: Int64) throws {
        let pause = max(0, time - Clock.nanoseconds)
        var timeout = timespec(tv_sec: Int(pause / 1_000_000_000), tv_nsec: Int(pause % 1_000_000_000))
        let (count, ready) = withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventCount) { events in
            let count = Int(epoll_pwait2(poll, events.baseAddress, Int32(Self.eventCount), &timeout, nil))
            return (count, (0..<max(0, count)).map { (events[$0].data.u32, events[$0].events) })
        }
        guard count >= 0 || errno == EINTR else { throw LoadFailure("epoll_pwait2: errno \(errno)") }
        if count == 0 {
            if Clock.nanoseconds >= stopsSendingAt { isSending = false }
            if Clock.nanoseconds >= giveUpTime, sent > completed {
                throw LoadFailure("\(sent - completed) requests got no reply")
            }
        }
        for (index, events) in ready {
            if events & EPOLLOUT.rawValue != 0 { try flush(Int(index)) }
            if events & ~EPOLLOUT.rawValue != 0 { try receive(on: Int(index)) }
        }
    }

    private func receive(on index: Int) throws {
        let stream = streams[index]
        try stream.fill()
        let now = Clock.nanoseconds
        var replies = 0
        while let slot = try checker.next(in: stream) {
            guard slot < slotCount, startTimes[slot] != 0 else {
                throw LoadFailure("a reply to request \(slot), which is not in flight")
            }
            latencies.record(now - startTimes[slot])
            startTimes[slot] = 0
            replies += 1
            completed += 1
            if completed == load.warmUp { beginMeasuring(at: now) }
        }
        guard replies > 0 else { return }
        stream.inFlight -= replies
        lastReply = now
        if load.pace == .closed, isSending { try send(replies, on: index) }
    }
}
