// What goes wrong in a run, and when: a list that follows from the seed.

/// One fault. `desk` is the signupd process that it befalls.
enum Fault: Sendable {
    case killProgram(desk: Int)
    case killMariaDB
    case killRedis
    case stopProgram(desk: Int)
    case dropCommit(desk: Int)
    case loseCommit(desk: Int)
    case delay(desk: Int, Backend)
    case halfOpen(desk: Int, Backend)
    case cut(desk: Int, Backend)
    case reset(desk: Int, Backend)

    enum Backend: CaseIterable, Sendable { case mariadb, redis }
}

extension Plan {
    /// All faults of a run in their order.
    func faults() -> [Fault] {
        var random = SeededGenerator(seed: seed, stream: 1)
        func desk() -> Int { Int.random(in: 0..<Self.programs, using: &random) }
        var faults: [Fault] = []
        for _ in 0..<programKills { faults.append(.killProgram(desk: desk())) }
        for _ in 0..<mariadbKills { faults.append(.killMariaDB) }
        for _ in 0..<redisKills { faults.append(.killRedis) }
        for _ in 0..<stops { faults.append(.stopProgram(desk: desk())) }
        for _ in 0..<droppedCommits { faults.append(.dropCommit(desk: desk())) }
        for _ in 0..<lostCommits { faults.append(.loseCommit(desk: desk())) }
        for _ in 0..<storms {
            for backend in Fault.Backend.allCases {
                faults.append(.delay(desk: desk(), backend))
                faults.append(.halfOpen(desk: desk(), backend))
                faults.append(.cut(desk: desk(), backend))
                faults.append(.reset(desk: desk(), backend))
            }
        }
        return faults.shuffled(using: &random)
    }
}
