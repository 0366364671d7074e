// signupd call METHOD key=value…: one request to a running server. The result on standard output, exit 1 on an error reply.
// Without a method it lists the methods.

import ArgumentParser
import Foundation
import Wire

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Sends one request to a socket and prints the result.",
        discussion: """
            key=value is a string, key:=json is JSON (key:=3, key:=true), and - reads the params from standard input. \
            A key that begins with _meta. goes into _meta: _meta.idempotency_key=order-17.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Option(help: "The server's socket. Default: SIGNUPD_SOCKET.", completion: .file())
    var socket: String?

    @Option(help: ArgumentHelp("How long to wait for the reply.", valueName: "seconds"))
    var timeout: Double = 30

    @Flag(help: "Print the reply's result or error member as one line of JSON, for scripts.")
    var json = false

    @Argument(help: "Such as signup, verify, status or service.health. Without it the methods are listed.")
    var method: String?

    @Argument(help: ArgumentHelp("The request's params.", valueName: "key=value"))
    var parameters: [String] = []

    func validate() throws {
        guard (0.001...3600).contains(timeout) else {
            throw ValidationError("--timeout must be from 0.001 to 3600 seconds")
        }
    }

    func run() async throws {
        guard let method else { return listMethods() }
        let params: JSONObject
        do throws(CallParameters.Wrong) {
            params = try CallParameters.parse(parameters) { FileHandle.standardInput.readDataToEndOfFile() }
        } catch {
            throw refusal("signupd: \(error.problem)\n", .usage)
        }
        let path = try SocketPath.find(socket, settings)
        let reply: Reply
        do throws(CallFailure) {
            let line = RequestWriter.line(id: .integer(1), method: method, params: params)
            reply = try SocketCall(path: path, timeoutSeconds: timeout).exchange(line)
        } catch {
            throw refusal("signupd: \(error)\n", .unavailable)
        }
        try show(reply)
    }

    private func listMethods() {
        let methods = ProtocolDocument.methods
        let width = methods.map(\.name.count).max() ?? 0
        for method in methods {
            print(method.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + method.summary)
        }
    }

    private func show(_ reply: Reply) throws {
        switch reply.outcome {
        case .success(let result) where json:
            printLine(["result": result])
        case .failure(let error) where json:
            let members: JSONObject = [
                "code": .integer(Int64(error.code)), "message": .string(error.message), "data": .object(error.data),
            ]
            printLine(["error": .object(members)])
            throw ExitCode(ExitStatus.errorReplies.rawValue)
        case .success(let result):
            let text = isatty(STDOUT_FILENO) == 1 ? result.indented : String(decoding: result.encoded(), as: UTF8.self)
            print(text)
        case .failure(let error):
            let reason = error.data["reason"].flatMap(\.text) ?? "code \(error.code)"
            var text = "signupd: \(reason): \(error.message)"
            if let field = error.data["field"].flatMap(\.text) { text += " (\(field))" }
            if let hint = error.data["hint"].flatMap(\.text) { text += "\n  \(hint)" }
            if case .integer(let seconds)? = error.data["retry_after"] { text += "\n  try again in \(seconds) s" }
            throw refusal(text + "\n", .errorReplies)
        }
    }
}

private func printLine(_ object: JSONObject) {
    print(String(decoding: JSONValue.object(object).encoded(), as: UTF8.self))
}

/// The params of one call, from words of the command line.
enum CallParameters {
    struct Wrong: Error {
        let problem: String
    }

    /// - Parameter standardInput: read once, if a word is `-`.
    static func parse(_ words: [String], standardInput: () -> Data) throws(Wrong) -> JSONObject {
        var params: JSONObject = [:]
        var metadata: JSONObject = [:]
        for word in words {
            if word == "-" {
                guard case .object(let object) = try json(Array(standardInput()), "standard input") else {
                    throw Wrong(problem: "standard input must be a JSON object of params")
                }
                for member in object.members { params[member.name] = member.value }
                continue
            }
            let (key, value) = try pair(word)
            if key.hasPrefix("_meta.") {
                metadata[String(key.dropFirst("_meta.".count))] = value
            } else {
                params[key] = value
            }
        }
        if !metadata.members.isEmpty { params["_meta"] = .object(metadata) }
        return params
    }

    private static func pair(_ word: String) throws(Wrong) -> (String, JSONValue) {
        guard let equals = word.firstIndex(of: "=") else {
            throw Wrong(problem: "'\(word)' is no key=value; write key=value, key:=json or -")
        }
        let key = word[..<equals]
        let text = word[word.index(after: equals)...]
        guard key.hasSuffix(":") else { return (String(key), .string(String(text))) }
        return (String(key.dropLast()), try json(Array(text.utf8), "the value of '\(key.dropLast())'"))
    }

    private static func json(_ bytes: [UInt8], _ name: String) throws(Wrong) -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONValue.parse(bytes)
        } catch {
            throw Wrong(
                problem: "\(name) is no JSON (near byte \(error.byteOffset)); a string is key=value, without a colon"
            )
        }
    }
}

extension JSONValue {
    /// The text of a string; `nil` for anything else.
    fileprivate var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// For people: two spaces a level, names and strings as they read.
    fileprivate var indented: String {
        indented(by: "")
    }

    private func indented(by margin: String) -> String {
        let inner = margin + "  "
        switch self {
        case .object(let object) where !object.members.isEmpty:
            let lines = object.members.map { "\(inner)\"\($0.name)\": \($0.value.indented(by: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(margin)}"
        case .array(let elements) where !elements.isEmpty:
            return "[\n" + elements.map { inner + $0.indented(by: inner) }.joined(separator: ",\n") + "\n\(margin)]"
        default:
            return String(decoding: encoded(), as: UTF8.self)
        }
    }
}
