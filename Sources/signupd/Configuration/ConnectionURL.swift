// The URLs that name a database, a Redis or a mail server. Read strictly; never shown with their password.

import Cryptography
import Foundation

/// A URL of `scheme://[user[:password]@]host[:port][/path][?name=value…]`, or `scheme:PATH[?name=value…]`.
struct ConnectionURL: Sendable {
    struct Malformed: Error {
        let problem: String
    }

    /// Lower case.
    let scheme: String
    let user: String?
    let password: String?
    /// Without the brackets of an IPv6 address.
    let host: String?
    let port: Int?
    /// Without the slash after a host; the whole path where there is no host.
    let path: String
    let parameters: [String: String]

    /// What may name a database, each scheme with the parameters that it takes.
    static let databases = [Scheme("mariadb", ["socket"]), Scheme("sqlite")]
    /// What may name a Redis.
    static let redis = [Scheme("redis", ["db"]), Scheme("redis+unix", ["db"])]
    /// What may say where mail goes.
    static let mails = [Scheme("smtp", ["tls"]), Scheme("smtps", ["tls"]), Scheme("maildir")]

    struct Scheme {
        let name: String
        let parameters: Set<String>

        init(_ name: String, _ parameters: Set<String> = []) {
            self.name = name
            self.parameters = parameters
        }
    }

    /// Reads a URL. Says what is wrong without repeating what might be a password.
    init(_ text: String, schemes: [Scheme]) throws(Malformed) {
        let known = schemes.map { $0.name + ":" }.joined(separator: ", ")
        guard let colon = text.firstIndex(of: ":") else {
            throw Malformed(problem: "is not a URL; it must begin with one of \(known)")
        }
        let scheme = text[..<colon].lowercased()
        self.scheme = scheme
        guard let allowed = schemes.first(where: { $0.name == scheme })?.parameters else {
            throw Malformed(problem: "has an unknown scheme; it must begin with one of \(known)")
        }
        try Self.checkCharacters(text)
        guard let components = URLComponents(string: text) else {
            throw Malformed(
                problem: "is no valid URL; percent-encode special characters of the password (@ is %40, : is %3A)"
            )
        }
        guard components.fragment == nil else {
            throw Malformed(problem: "holds a #; percent-encode it as %23")
        }
        user = try Self.decoded(components.percentEncodedUser)
        password = try Self.decoded(components.percentEncodedPassword)
        host = components.host.flatMap { host in
            host.isEmpty ? nil : host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        }
        port = components.port
        if let port, !(1...65_535).contains(port) { throw Malformed(problem: "has a port outside 1 to 65535") }
        path = host == nil ? components.path : String(components.path.drop { $0 == "/" })
        parameters = try Self.parameters(components.queryItems ?? [], allowed: allowed)
        // A C library would take the text before a NUL for the whole: another host, another file.
        for part in [host, path].compactMap(\.self) + Array(parameters.values) where !Self.isClean(part) {
            throw Malformed(problem: "has a host, path or parameter that holds a control character, percent-encoded")
        }
    }

    private static func checkCharacters(_ text: String) throws(Malformed) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) || $0 >= 0x80 }) else {
            throw Malformed(problem: "holds a space or a control character; percent-encode it")
        }
        // Foundation would take a % that stands for nothing for itself, and then every other one too.
        let escapes = text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst()
        guard
            escapes.allSatisfy({ $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy { Hexadecimal.value($0) != nil } })
        else { throw Malformed(problem: "has a % that is not followed by two hexadecimal digits; % itself is %25") }
    }

    private static func isClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// A part with its percent-encoding undone; `nil` where it is empty. Lenient decoding would drop a password unseen.
    private static func decoded(_ part: String?) throws(Malformed) -> String? {
        guard let part, !part.isEmpty else { return nil }
        guard let text = part.removingPercentEncoding, isClean(text) else {
            throw Malformed(problem: "has a user or password whose percent-encoding is wrong; % itself is %25")
        }
        return text
    }

    private static func parameters(
        _ items: [URLQueryItem],
        allowed: Set<String>
    ) throws(Malformed) -> [String: String] {
        var parameters: [String: String] = [:]
        for item in items {
            guard allowed.contains(item.name), let value = item.value, !value.isEmpty, parameters[item.name] == nil
            else {
                let known = allowed.isEmpty ? "it takes none" : "it takes " + allowed.sorted().joined(separator: ", ")
                throw Malformed(problem: "has an unknown, empty or repeated parameter after the ?; \(known)")
            }
            parameters[item.name] = value
        }
        return parameters
    }

    /// The host, or the mistake of not naming one.
    func requiredHost() throws(Malformed) -> String {
        guard let host else { throw Malformed(problem: "names no host; write \(scheme)://HOST") }
        return host
    }

    /// Whether the host is this machine, so that nothing crosses a network.
    var isLoopback: Bool {
        guard let host else { return true }
        // Digits and dots only: 127.example.org is a name like any other.
        let isNumeric = host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return host == "localhost" || host == "::1" || (host.hasPrefix("127.") && isNumeric)
    }
}

extension ConnectionURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String {
        let login = user.map { password == nil ? "\($0)@" : "\($0):***@" } ?? (password == nil ? "" : ":***@")
        let place = host.map { "//\(login)\($0)\(port.map { ":\($0)" } ?? "")/" } ?? ""
        return "\(scheme):\(place)\(path)"
    }

    var debugDescription: String { description }

    /// Empty, so that `dump` does not show the password either.
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
