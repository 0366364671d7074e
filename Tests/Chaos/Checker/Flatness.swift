// Whether a process holds at the end of its life what it held once it was warm: a leak grows, a pool does not.

/// What one process held, from its start to its end.
struct Life: Sendable {
    let begunAt: ContinuousClock.Instant
    private(set) var samples: [Sample] = []

    struct Sample: Sendable {
        let age: Duration
        let usage: ProgramProcess.Usage
    }

    init(begunAt: ContinuousClock.Instant) {
        self.begunAt = begunAt
    }

    mutating func note(_ usage: ProgramProcess.Usage) {
        samples.append(Sample(age: .now - begunAt, usage: usage))
    }
}

/// Compares a window after the warm-up with the last window of each life that was long enough to tell.
struct Flatness {
    /// By then every pool is full and every kind of request has been served.
    static let warmUp: Duration = .seconds(4)
    static let window: Duration = .seconds(4)
    static let leastLife: Duration = .seconds(12)
    /// Fragments, larger buffers, the memory that the C library keeps for each thread.
    static let residentToleranceKiB = 8 * 1024
    /// A connection for mail is made when there is mail for it, and takes three descriptors: half of the eight may be needed
    /// for the first time after every warm-up that we have seen.
    static let descriptorTolerance = 12

    /// How much a life grew; less than nothing is nothing.
    struct Growth {
        let residentKiB: Int
        let descriptors: Int
    }

    let growths: [Growth]

    init(_ lives: [Life]) {
        // Of all lives: in one of them the database may have been away while it should have become warm.
        let warmest = lives.flatMap(Self.warm).map(\.ownDescriptors).max() ?? 0
        growths = lives.compactMap { Self.growth(of: $0, warmest: warmest) }
    }

    var most: Growth {
        Growth(
            residentKiB: growths.map(\.residentKiB).max() ?? 0,
            descriptors: growths.map(\.descriptors).max() ?? 0
        )
    }

    var details: [String] {
        growths.flatMap { growth -> [String] in
            var details: [String] = []
            if growth.residentKiB > Self.residentToleranceKiB {
                details.append("a process grew by \(growth.residentKiB) KiB after its warm-up")
            }
            if growth.descriptors > Self.descriptorTolerance {
                details.append("a process grew by \(growth.descriptors) descriptors after its warm-up")
            }
            return details
        }
    }

    private static func warm(_ life: Life) -> [ProgramProcess.Usage] {
        life.samples.filter { warmUp <= $0.age && $0.age < warmUp + window }.map(\.usage)
    }

    /// The middle of what it holds in memory; of descriptors the fewest at the end and the most when warm, since a pool may be
    /// full at one moment and not at another, and a leak never is less.
    private static func growth(of life: Life, warmest: Int) -> Growth? {
        guard let end = life.samples.last?.age, end >= leastLife else { return nil }
        let warm = warm(life)
        let last = life.samples.filter { $0.age > end - window }.map(\.usage)
        // A process that was stopped for the whole window tells nothing.
        guard !warm.isEmpty, !last.isEmpty else { return nil }
        return Growth(
            residentKiB: max(0, middle(last.map(\.residentKiB)) - middle(warm.map(\.residentKiB))),
            descriptors: max(0, (last.map(\.ownDescriptors).min() ?? 0) - warmest)
        )
    }

    private static func middle(_ numbers: [Int]) -> Int {
        numbers.sorted()[numbers.count / 2]
    }
}
