/// An address.
public struct EmailAddress: Sendable, Hashable {
    /// As the client typed it: what mail goes to.
    public let typed: String
    /// Lower case: what makes two addresses the same.
    public let identity: String

    /// Why an address was refused.
    public struct Invalid: Error, Sendable, Equatable {
        /// What to mend, in words, without the address.
        public let hint: String
    }

    /// Checks the address.
    public init(_ typed: String) throws(Invalid) {
        self.typed = typed
        identity = typed.lowercased()
    }

    /// The address as limits see it: lower case and without a `+tag`.
    public var limitSubject: String { identity }
}
