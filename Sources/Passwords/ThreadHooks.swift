// What a program does on the threads that calculate for it.

/// Each runs on the thread that it is about, and holds it up.
public struct ThreadHooks: Sendable {
    let begin: @Sendable () -> Void
    let rest: (@Sendable () -> Void)?

    /// - Parameters:
    ///   - begin: runs once, before anything is calculated.
    ///   - rest: runs when nothing waits to be calculated, before the thread waits for something.
    public init(begin: @escaping @Sendable () -> Void = {}, rest: (@Sendable () -> Void)? = nil) {
        self.begin = begin
        self.rest = rest
    }
}
