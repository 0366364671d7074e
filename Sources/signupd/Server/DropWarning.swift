// What the operator is told about notifications: each is dropped, and a client that sends them waits for nothing.

/// Says so at the first, and then each time their number has grown tenfold: a client can send millions of them.
struct DropWarning {
    private var nextCount = 1

    /// - Parameter count: notifications dropped so far.
    /// - Returns: what to say; `nil` if it has been said often enough.
    mutating func message(count: Int) -> String? {
        guard count >= nextCount else { return nil }
        while nextCount <= count { nextCount *= 10 }
        return Self.text(count)
    }

    static func text(_ count: Int) -> String {
        "\(count) request\(count == 1 ? "" : "s") without an id dropped: notifications are never executed; add an id"
    }
}
