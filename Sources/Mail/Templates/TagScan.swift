// A scan of the tags of a template that knows their lines. The Mustache library keeps no positions, and renders an unknown
// name as nothing: a slip of the pen would mail people no code.

/// What mails need of Mustache: variables and comments. Whatever else it can do is refused by name.
struct TagScan {
    /// Variables in the order they stand.
    private(set) var names: [String] = []

    private let file: TemplateFile

    /// Reads every tag, or says where the first wrong one is.
    init(_ file: TemplateFile, variables: [String]) throws(TemplateMistake) {
        self.file = file
        var rest = file.text[...]
        var line = 1
        while let open = rest.firstRange(of: "{{") {
            line += Self.lineEnds(in: rest[..<open.lowerBound])
            let isTriple = rest[open.upperBound...].hasPrefix("{")
            let start = isTriple ? rest.index(after: open.upperBound) : open.upperBound
            guard let close = rest[start...].firstRange(of: isTriple ? "}}}" : "}}") else {
                throw TemplateMistake(file.path, line: line, "the tag that opens here is never closed")
            }
            try read(rest[start..<close.lowerBound], isTriple: isTriple, line: line, variables: variables)
            line += Self.lineEnds(in: rest[open.lowerBound..<close.upperBound])
            rest = rest[close.upperBound...]
        }
    }

    private mutating func read(
        _ tag: Substring,
        isTriple: Bool,
        line: Int,
        variables: [String]
    ) throws(TemplateMistake) {
        if tag.hasPrefix("!"), !isTriple { return }
        let word = tag.hasPrefix("&") && !isTriple ? tag.dropFirst() : tag
        let name = String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        let known =
            variables.isEmpty
            ? "this mail has none" : "there are " + variables.map { "{{\($0)}}" }.joined(separator: ", ")
        guard !name.isEmpty, name.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }) else {
            let problem =
                "{{\(tag.prefix(40))}} is no variable, and sections, partials and the like have no use in a mail; \(known)"
            throw TemplateMistake(file.path, line: line, problem)
        }
        guard variables.contains(name) else {
            throw TemplateMistake(file.path, line: line, "unknown variable {{\(name)}}; \(known)")
        }
        names.append(name)
    }

    private static func lineEnds(in text: Substring) -> Int {
        text.utf8.count { $0 == UInt8(ascii: "\n") }
    }
}
