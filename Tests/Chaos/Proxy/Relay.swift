// One connection through a proxy: bytes both ways, until an end or a fault.

import Foundation

/// Runs on a thread of its own and closes both ends when it is done.
struct Relay {
    let client: Stream
    let server: Stream
    let kind: FaultProxy.Kind
    let orders: FaultOrders

    /// How soon a connection on which nothing happens notices a change of the weather.
    private static let attentionMilliseconds: Int32 = 20

    func run() {
        let generation = orders.weather.generation
        var packets = PacketScanner()
        var isDroppingReply = false
        while true {
            let weather = orders.weather
            if weather.generation != generation { break }
            var descriptors = [
                pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            if weather.isHalfOpen {
                usleep(UInt32(Self.attentionMilliseconds) * 1000)
                continue
            }
            guard poll(&descriptors, 2, Self.attentionMilliseconds) > 0 else { continue }
            if weather.delayMilliseconds > 0 { usleep(weather.delayMilliseconds * 1000) }
            if descriptors[1].revents != 0 {
                guard let reply = server.read(), !isDroppingReply else { break }
                if reply.count > 1, orders.takeCut() {
                    client.write(reply.prefix(reply.count / 2))
                    break
                }
                guard client.write(reply) else { break }
            }
            if descriptors[0].revents != 0 {
                guard let bytes = client.read() else { break }
                switch commitFault(in: bytes, &packets) {
                case nil:
                    guard server.write(bytes) else { return end() }
                case .replyDropped:
                    isDroppingReply = true
                    guard server.write(bytes) else { return end() }
                case .lost:
                    return end()
                }
            }
        }
        end()
    }

    private func commitFault(in bytes: [UInt8], _ packets: inout PacketScanner) -> CommitFault? {
        guard kind == .mariadb, packets.containsCommit(bytes) else { return nil }
        return orders.takeCommitFault()
    }

    private func end() {
        client.reset()
        server.reset()
    }
}
