// One connection of a load: a non-blocking socket with a buffer each way.

import Glibc

final class LoadStream {
    let descriptor: Int32
    /// Requests without a reply.
    var inFlight = 0
    /// The kernel took less than there was to send.
    private(set) var isBlocked = false
    /// The places of requests without a reply in the order they were sent, for replies that come in order.
    private(set) var order: [Int] = []
    private var orderStart = 0

    private var output: [UInt8] = []
    private var outputStart = 0
    /// What came and is not read yet lies between `inputStart` and `inputEnd`.
    private let input: UnsafeMutableRawBufferPointer
    private var inputStart = 0
    private var inputEnd = 0

    /// Replies are far shorter; many fit.
    private static let inputByteCount = 1 << 18

    init(connectingTo path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        input = .allocate(byteCount: Self.inputByteCount, alignment: 16)
        guard descriptor >= 0 else { throw LoadFailure("no socket: errno \(errno)") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw LoadFailure("\(path) is too long for a Unix socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw LoadFailure("cannot connect to \(path): errno \(errno)") }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        input.deallocate()
    }

    // MARK: Sending

    func append(_ request: UnsafeRawBufferPointer, slot: Int) {
        output.append(contentsOf: request)
        order.append(slot)
        inFlight += 1
    }

    func flush() throws {
        while outputStart < output.count {
            let count = output.withUnsafeBytes {
                Glibc.send(
                    descriptor,
                    $0.baseAddress?.advanced(by: outputStart),
                    $0.count - outputStart,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count > 0 {
                outputStart += count
            } else if errno == EAGAIN {
                isBlocked = true
                return
            } else if errno != EINTR {
                throw LoadFailure("the connection broke while sending: errno \(errno)")
            }
        }
        isBlocked = false
        output.removeAll(keepingCapacity: true)
        outputStart = 0
    }

    // MARK: Receiving

    /// What came and is not taken yet.
    var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: input[inputStart..<inputEnd]) }

    func take(_ count: Int) {
        inputStart += count
    }

    /// The place of the oldest request without a reply.
    func takeOldest() -> Int? {
        guard orderStart < order.count else { return nil }
        defer { orderStart += 1 }
        return order[orderStart]
    }

    /// Reads once.
    func fill() throws {
        forgetOldOrder()
        if inputStart > 0, let start = input.baseAddress {
            memmove(start, start + inputStart, inputEnd - inputStart)
            inputEnd -= inputStart
            inputStart = 0
        }
        guard inputEnd < input.count else { throw LoadFailure("a reply is longer than \(input.count) bytes") }
        let count = recv(descriptor, input.baseAddress?.advanced(by: inputEnd), input.count - inputEnd, 0)
        if count > 0 {
            inputEnd += count
        } else if count == 0 {
            throw LoadFailure("the server closed a connection with \(inFlight) requests in flight")
        } else if errno != EAGAIN, errno != EINTR {
            throw LoadFailure("the connection broke while receiving: errno \(errno)")
        }
    }

    private func forgetOldOrder() {
        guard order.count > 4096 else { return }
        order.removeFirst(max(orderStart, order.count - inFlight))
        orderStart = 0
    }
}
