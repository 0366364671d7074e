// The SQL this target sends: fixed texts, and fixed texts with a list of placeholders. Nothing else can be one.

/// A statement to prepare. Made from literals only, so that no input can become SQL.
struct Statement: Hashable, Sendable {
    let text: String

    init(_ text: StaticString) {
        self.text = text.description
    }

    fileprivate init(_ text: StaticString, placeholders count: Int) {
        let list = Array(repeating: "?", count: count).joined(separator: ",")
        let parts = text.description.split(separator: "?*", omittingEmptySubsequences: false)
        precondition(parts.count >= 2, "a list statement has a ?*")
        self.text = parts.joined(separator: list)
    }
}

/// A statement with a list, written `?*`, of 1 to ``Limits/listLength`` values; or with several that are equally long.
///
/// A list is padded with its last value to the next of a few sizes: each size is a statement that the server has to keep for each
/// connection, and each value too many costs it nearly as much as one that is meant.
struct ListStatement: Sendable {
    private static let sizes = smallSizes + stride(from: step, through: Limits.listLength, by: step)
    private static let smallSizes = [1, 2, 4]
    /// From here on the sizes are its multiples; the longest list is one of them.
    private static let step = 8

    private let bySize: [Statement]

    init(_ text: StaticString) {
        bySize = Self.sizes.map { Statement(text, placeholders: $0) }
    }

    /// The statement and the values for it.
    func padded<Values: Collection>(
        _ values: Values
    ) -> (statement: Statement, values: [Parameter]) where Values.Element == Parameter {
        padded([values])
    }

    /// The statement and the values of all its lists, which are equally long.
    func padded<Values: Collection>(
        _ lists: [Values]
    ) -> (statement: Statement, values: [Parameter]) where Values.Element == Parameter {
        let count = lists.first?.count ?? 0
        precondition((1...Limits.listLength).contains(count), "a list of \(count)")
        precondition(lists.allSatisfy { $0.count == count }, "lists of different lengths")
        let index = Self.index(of: count)
        let size = Self.sizes[index]
        var padded: [Parameter] = []
        padded.reserveCapacity(lists.count * size)
        for list in lists {
            padded += list
            let last = padded[padded.count - 1]
            padded.append(contentsOf: repeatElement(last, count: size - count))
        }
        return (bySize[index], padded)
    }

    /// Where the smallest size stands that holds so many.
    private static func index(of count: Int) -> Int {
        smallSizes.firstIndex { count <= $0 } ?? smallSizes.count + (count - 1) / step
    }
}

extension Array {
    /// The array in pieces that a list statement can carry.
    func inLists() -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: Limits.listLength).map { self[$0..<Swift.min($0 + Limits.listLength, count)] }
    }
}
