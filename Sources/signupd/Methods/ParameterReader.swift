// Reads a request's parameters by name and refuses what is missing, unknown or of the wrong type, before any side effect.

import Cryptography
import Signup
import Wire

/// The named parameters of one request.
struct ParameterReader {
    private let params: JSONObject
    private let secrets: [String: SecretBytes]

    /// Refuses positional parameters and names that the method does not know.
    init(_ request: Request, names: [String]) throws(WireError) {
        switch request.params {
        case .none: params = [:]
        case .named(let object): params = object
        case .positional:
            let hint = "params go by name: {\(names.map { "\"\($0)\": …" }.joined(separator: ", "))}"
            throw WireError(.wrongType, field: "params", hint: hint)
        }
        secrets = request.secrets
        // Nothing is copied for the names that are right.
        let unknown =
            params.members.first { !names.contains($0.name) }?.name ?? secrets.keys.first { !names.contains($0) }
        if let unknown {
            let hint =
                names.isEmpty ? "\(request.method) takes no params" : "known are \(names.joined(separator: ", "))"
            throw WireError(.unknownField, field: Self.shown(unknown), hint: hint)
        }
    }

    /// A client's own name goes back plain, so that it harms no log it ends up in; the error itself cuts it.
    private static func shown(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }

    /// A text that must be there.
    func text(_ name: String) throws(WireError) -> String {
        guard let text = try optionalText(name) else {
            throw WireError(.missingField, field: name, hint: "add \"\(name)\" to params")
        }
        return text
    }

    /// A secret that must be there, as bytes that are wiped once nobody needs them.
    func secret(_ name: String) throws(WireError) -> SecretBytes {
        if let secret = secrets[name] { return secret }
        return SecretBytes(try text(name).utf8)
    }

    /// A text, or `nil` where it is absent or null.
    func optionalText(_ name: String) throws(WireError) -> String? {
        switch params[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw WireError(.wrongType, field: name, hint: "must be a string")
        }
    }

    /// A whole number in a range, or `nil` where it is absent or null.
    func optionalInteger(_ name: String, in range: ClosedRange<Int64>) throws(WireError) -> Int64? {
        switch params[name] {
        case nil, .null?: return nil
        case .integer(let number)? where range.contains(number): return number
        default:
            let hint = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            throw WireError(.wrongType, field: name, hint: hint)
        }
    }

    /// The ids of outbox rows, each once and in order: an array of 1 to 1,000 whole numbers.
    func identifiers(_ name: String) throws(WireError) -> [Int64] {
        let hint = "must be an array of 1 to 1000 whole numbers"
        guard let value = params[name], value != .null else {
            throw WireError(.missingField, field: name, hint: hint)
        }
        guard case .array(let elements) = value, (1...1000).contains(elements.count) else {
            throw WireError(.wrongType, field: name, hint: hint)
        }
        var identifiers: Set<Int64> = []
        for element in elements {
            guard case .integer(let identifier) = element else { throw WireError(.wrongType, field: name, hint: hint) }
            identifiers.insert(identifier)
        }
        return identifiers.sorted()
    }

    /// An address, a signup id, or both: who is meant.
    func subject() throws(WireError) -> Subject {
        let email = try optionalText("email")
        let id = try signupID()
        switch (email, id) {
        case (let email?, let id?): return .both(email: email, signup: id)
        case (let email?, nil): return .email(email)
        case (nil, let id?): return .signup(id)
        case (nil, nil):
            throw WireError(.missingField, field: "email", hint: "add \"email\", \"signup_id\" or both to params")
        }
    }

    private func signupID() throws(WireError) -> SignupID? {
        guard let text = try optionalText("signup_id") else { return nil }
        guard let id = SignupID(text) else {
            throw WireError(.wrongType, field: "signup_id", hint: "must be the 36 characters that signup answered")
        }
        return id
    }

    /// The network address of whoever asks the backend.
    func clientAddress() throws(WireError) -> ClientAddress? {
        guard let text = try optionalText("client_ip") else { return nil }
        guard let address = ClientAddress(text) else {
            throw WireError(.wrongType, field: "client_ip", hint: "must be an IPv4 or IPv6 address")
        }
        return address
    }

    /// A language tag (BCP 47): what picks the mail's language.
    func locale() throws(WireError) -> String? {
        guard let text = try optionalText("locale") else { return nil }
        let isTag =
            (1...35).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                let letter = byte | 0x20
                return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
        guard isTag else {
            throw WireError(.wrongType, field: "locale", hint: "must be a language tag such as en or ko-KR")
        }
        return text
    }
}
