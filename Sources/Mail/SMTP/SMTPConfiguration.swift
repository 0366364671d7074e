// Which SMTP server, how to speak with it, and as whom.

import Glibc
import Signup

/// Everything the SMTP transport is told.
public struct SMTPConfiguration: Sendable {
    public enum Security: Sendable, Equatable {
        /// Plain text first; nothing but STARTTLS is done with it. A server without STARTTLS gets no mail.
        case startTLSRequired
        /// TLS from the first byte (`smtps`).
        case implicitTLS
        /// Never any TLS: for a server on the same machine.
        case none
    }

    /// A name or address; IPv6 with or without brackets.
    public var host: String
    public var port: UInt16
    public var security: Security
    /// `nil`: no login.
    public var credentials: SMTPCredentials?
    /// The From header, and the envelope's sender.
    public var from: Mailbox
    /// A PEM file of the only authorities to trust; `nil` trusts the system's.
    public var caFile: String?
    /// From the first SYN to the end of greeting, TLS and login.
    public var connectTimeout: Duration = .seconds(5)
    /// One `send` in all, with a second try on a new connection if it comes to that. At most a third of the courier's lease.
    public var sendTimeout: Duration = .seconds(60)
    /// Threads, and connections they keep.
    public var concurrency = 8
    /// The right side of Message-IDs; `nil` takes the From address's.
    public var messageIDDomain: String?
    /// What we call ourselves in EHLO; `nil` leaves it to libcurl, which takes the machine's name.
    public var helloName: String?

    public init(host: String, port: UInt16, security: Security, from: Mailbox) {
        self.host = host
        self.port = port
        self.security = security
        self.from = from
    }
}

/// A login. Printing or dumping it shows no password.
public struct SMTPCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let user: String
    let password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    public var description: String { "SMTPCredentials(password hidden)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension SMTPConfiguration {
    /// The host in brackets if it is an IPv6 address, and our name for EHLO where libcurl looks for it.
    var url: String {
        let scheme = security == .implicitTLS ? "smtps" : "smtp"
        let authority = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        return "\(scheme)://\(authority):\(port)/\(helloName ?? "")"
    }

    /// Refuses at the start what could not work, or would mean something else in a URL or a command.
    func check() throws(MailFailure) {
        guard Self.isHost(host) else { throw .local("the SMTP host is neither a name nor an address") }
        guard port > 0 else { throw .local("the SMTP port is 0") }
        guard (1...256).contains(concurrency) else { throw .local("the SMTP concurrency is not from 1 to 256") }
        guard connectTimeout > .zero, sendTimeout > .zero else { throw .local("an SMTP timeout is not positive") }
        for name in [helloName, messageIDDomain].compactMap(\.self) where !HostName.isValid(name.utf8) {
            throw .local("the name for EHLO or the domain for Message-IDs is not a host name")
        }
        if let credentials {
            for text in [credentials.user, credentials.password]
            where text.isEmpty || text.unicodeScalars.contains(where: \.isControl) {
                throw .local("the SMTP user or password is empty or holds control characters")
            }
        }
        if let caFile, access(caFile, R_OK) != 0 { throw .local("the file of trusted authorities cannot be read") }
    }

    private static func isHost(_ host: String) -> Bool {
        if HostName.isValid(host.utf8) { return true }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let address = isBracketed ? host.dropFirst().dropLast() : host[...]
        let symbols = Array(":.".utf8)
        return address.contains(":") && address.utf8.allSatisfy { ASCII.isAlphanumeric($0) || symbols.contains($0) }
    }
}
