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

    /// Each time another one, with room for 256 MiB.
    static func next() throws -> UInt {
        let gap = mmap(nil, gapByteCount, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        let start = try #require(gap == MAP_FAILED ? nil : gap)
        try #require(munmap(start, gapByteCount) == 0)
        let number = count.add(1, ordering: .relaxed).newValue
        return UInt(bitPattern: start) + UInt(gapByteCount / 2 + number * placeByteCount)
    }
}
