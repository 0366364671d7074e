// A session in a storm: bytes, completions, deadlines, blocked output and a shutdown in any order. Every request that came in whole is
// answered exactly once, and in the end nothing is left.

import Wire

extension FuzzTarget {
    /// A byte from 0x80 on is an event; all others are what the client sends until the next event.
    static let session = FuzzTarget("session") { input in
        guard let first = input.first else { return }
        var limits = WireLimits()
        limits.inFlightCount = [2, 5, 64, 64][Int(first & 3)]
        limits.unreadOutputByteCount = first & 4 == 0 ? 200 : 262_144
        limits.lineByteCount = 4096
        var conversation = Conversation(limits: limits, order: first & 8 == 0 ? .input : .completion)
        var pending: [UInt8] = []
        for byte in input.dropFirst() {
            guard byte >= 0x80 else {
                pending.append(byte)
                continue
            }
            conversation.accept(pending[...])
            pending = []
            happen(byte, &conversation)
            hold(conversation.session.inFlightCount <= max(limits.inFlightCount, limits.batchElementCount), "bounded")
        }
        conversation.accept(pending[...])
        conversation.finish()
    }

    private static func happen(_ event: UInt8, _ conversation: inout Conversation) {
        let count = conversation.running.count
        switch event & 7 {
        case 0 where count > 0: conversation.complete(at: 0)
        case 1 where count > 0: conversation.complete(at: count - 1)
        case 2 where count > 0: conversation.complete(at: Int(event >> 3 & 15) % count)
        case 3: conversation.wait(.milliseconds(1 << Int(event >> 3 & 15)))
        case 4: conversation.block(true)
        case 5: conversation.block(false)
        case 6 where event == 0xFE: conversation.shutDown()
        default: break
        }
    }
}
