// Which program this is. The changelog's newest heading carries the same number; a test compares them.

enum ProgramVersion {
    /// Semantic version of the program.
    static let program = "0.1.0"
    /// Version of the wire protocol: the major changes when a client could break.
    static let wireProtocol = "1.0"
}
