// What is fuzzed. Each target checks properties, not only that nothing crashes: see the files beside this one.

/// One parser, and what must hold for every input.
struct FuzzTarget: Sendable {
    let name: String
    /// Makes what all inputs share, and returns the check of one.
    let prepare: @Sendable () -> @Sendable (UnsafeRawBufferPointer) -> Void

    init(_ name: String, prepare: @escaping @Sendable () -> @Sendable (UnsafeRawBufferPointer) -> Void) {
        self.name = name
        self.prepare = prepare
    }

    init(_ name: String, check: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
        self.init(name) { check }
    }

    static let all = [
        framing, session, json, methods, email, nickname, password, settings, values, smtpReplies,
        templates,
    ]
}

/// Ends the run with the input that broke a property; libFuzzer keeps it.
func hold(_ condition: Bool, _ property: @autoclosure () -> String, line: Int = #line, file: StaticString = #fileID) {
    guard condition else { fatalError("does not hold: \(property()) (\(file):\(line))") }
}

extension UnsafeRawBufferPointer {
    /// The input as text; what is no UTF-8 becomes U+FFFD.
    var text: String { String(decoding: self, as: UTF8.self) }
}
