// Addresses for mappings whose place must stay empty after them.

import Foundation
import Synchronization
import Testing

/// The kernel gives what is unmapped to whoever maps next, at once, and tests run beside one another: whether a mapping is gone can
/// only be seen where nobody else's comes. That is amid a very large gap, which the kernel fills from its end.
enum RemotePlace {
    private static let gapByteCount = 1 << 37
    private static let placeByteCount = 1 << 28
    private static let count = Atomic(0)

    /// Sought once: a mapping as large as the gap, even for a moment, would lie over the places that other tests use meanwhile.
    private static let gap: UInt? = {
        let gap = mmap(nil, gapByteCount, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard gap != MAP_FAILED, munmap(gap, gapByteCount) == 0 else { return nil }
        return UInt(bitPattern: gap)
    }()

    /// Each time another one, with room for 256 MiB.
    static func next() throws -> UInt {
        let number = count.add(1, ordering: .relaxed).newValue
        return try #require(gap) + UInt(gapByteCount / 2 + number * placeByteCount)
    }
}
