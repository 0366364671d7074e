// Gives back the memory that only the start has needed.

import Foundation
import Glibc

/// The pages of code that are resident because the start ran through them.
///
/// Wiring the parts makes the runtime look through all types of the program, which leaves some 20 MiB of its file mapped for
/// nothing. What is run again comes back from the page cache, a page at a time.
enum StartupMemory {
    /// Best effort: where the system will not tell or will not take them, they stay.
    static func release() {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return }
        for line in maps.split(separator: "\n") {
            guard let range = codeRange(line), let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else {
                continue
            }
            madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// The addresses of a mapping `START-END r-xp … /path`. Only code from files: nothing ever wrote to it, so that dropping
    /// it loses nothing.
    private static func codeRange(_ line: Substring) -> Range<UInt>? {
        let fields = line.split(separator: " ")
        guard fields.count == 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        return ends[0]..<ends[1]
    }
}
