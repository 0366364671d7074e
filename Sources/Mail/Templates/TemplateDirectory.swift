// An operator's own templates: files in one directory, each named like the built-in one it stands for, or for another language.

import Glibc
import Signup

enum TemplateDirectory {
    /// Reads every template in a directory. What is there of a mail is all there is of it: a mail half ours and half the
    /// operator's would be neither's.
    static func read(_ directory: String) -> (mails: [MailName: [MailPart: TemplateFile]], mistakes: [TemplateMistake])
    {
        var mails: [MailName: [MailPart: TemplateFile]] = [:]
        var mistakes: [TemplateMistake] = []
        do throws(TemplateMistake) {
            for name in try list(directory) {
                do throws(TemplateMistake) {
                    guard let (mail, part) = try parse(name, in: directory) else { continue }
                    mails[mail, default: [:]][part] = try load("\(directory)/\(name)")
                } catch {
                    mistakes.append(error)
                }
            }
        } catch {
            mistakes.append(error)
        }
        return (mails, mistakes)
    }

    /// The names, sorted, without hidden files.
    private static func list(_ directory: String) throws(TemplateMistake) -> [String] {
        guard let stream = opendir(directory) else {
            throw TemplateMistake(directory, "cannot be read as a directory: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// `nil` for a file that has nothing to do with mails, such as a README.
    private static func parse(
        _ name: String,
        in directory: String
    ) throws(TemplateMistake) -> (MailName, MailPart)? {
        let words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let template = words.first.flatMap(MailTemplate.init(rawValue:))
        guard template != nil || words.last == "mustache" else { return nil }
        let part = words.count == 4 ? MailPart(rawValue: words[2]) : nil
        guard let template, let part, words[3] == "mustache", LanguageTag.isValid(words[1]) else {
            let templates = MailTemplate.allCases.map(\.rawValue).joined(separator: " or ")
            let parts = MailPart.allCases.map(\.rawValue).joined(separator: ", ")
            let problem =
                "is no template's name; it must be NAME.LANGUAGE.PART.mustache with the name \(templates) and the part one of \(parts)"
            throw TemplateMistake("\(directory)/\(name)", problem)
        }
        return (MailName(template: template, locale: LanguageTag.normalize(words[1])), part)
    }

    private static func load(_ path: String) throws(TemplateMistake) -> TemplateFile {
        guard let file = fopen(path, "re") else {
            throw TemplateMistake(path, "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        // One byte more than is allowed, to see that there is more.
        var bytes = [UInt8](repeating: 0, count: Limits.templateByteCount + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw TemplateMistake(path, "cannot be read") }
        guard count <= Limits.templateByteCount else {
            throw TemplateMistake(path, "has more than \(Limits.templateByteCount) bytes")
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw TemplateMistake(path, "is not UTF-8")
        }
        return TemplateFile(path: path, text: text)
    }
}

/// Language tags (BCP 47) as they are compared.
enum LanguageTag {
    /// Tags compare without case; `ko_KR` is how POSIX writes them.
    static func normalize(_ tag: String) -> String {
        tag.lowercased().replacing("_", with: "-")
    }

    static func isValid(_ tag: String) -> Bool {
        tag.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { subtag in
            (1...8).contains(subtag.utf8.count) && subtag.utf8.allSatisfy(ASCII.isAlphanumeric)
        }
    }
}
