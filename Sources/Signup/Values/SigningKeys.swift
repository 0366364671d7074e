// The operator's secrets: from them every code is derived and under them every digest is kept.

import Cryptography

/// Names a secret without telling it: the first 8 bytes of an HMAC, as 16 hexadecimal digits.
public struct KeyID: Sendable, Hashable {
    /// 16 lower-case hexadecimal digits.
    public let text: String

    /// Takes the text form back from a store. `nil` unless it is 16 characters long.
    public init?(_ text: String) {
        guard text.utf8.count == 16 else { return nil }
        self.text = text
    }

    fileprivate init(secret: [UInt8]) {
        let mark = HMACSHA256.authenticate(Array("signupd key id".utf8), key: secret)
        text = Hexadecimal.encode(mark.prefix(8))
    }
}

/// The HMAC of a code under one secret: what a code store keeps and compares.
public struct CodeDigest: Sendable, Hashable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Takes the bytes back from a store. `nil` unless they are 32.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    fileprivate init(authenticated: [UInt8]) {
        bytes = authenticated
    }

    /// Random bytes: the digest of no code that anyone could type. A guess is compared with it and counted like any other.
    static func ofNoCode(random: SecureRandom = SecureRandom()) -> CodeDigest {
        CodeDigest(authenticated: random.bytes(count: 32))
    }
}

/// One secret and what is made with it. Each use has a prefix of its own, so that no output of one serves as another's.
public struct SigningKey: Sendable {
    /// The shortest secret that is accepted, in bytes.
    public static let minimumByteCount = 32

    private let mac: HMACSHA256
    /// Of the marks in logs, one of which is made for every request.
    private let markKey: [UInt8]
    /// The secret's name.
    public let id: KeyID

    /// `nil` if the secret is shorter than ``minimumByteCount``.
    public init?(secret: [UInt8]) {
        guard secret.count >= Self.minimumByteCount else { return nil }
        mac = HMACSHA256(key: secret)
        markKey = mac.authenticate(Array("signupd mark key".utf8))
        id = KeyID(secret: secret)
    }

    /// The code of a signup's n-th mail: the same on every retry.
    public func code(for signupID: SignupID, issue: Int) -> VerificationCode {
        let message = Array("signupd code\0".utf8) + signupID.bytes + Array(String(issue).utf8)
        return VerificationCode(random: mac.authenticate(message))
    }

    /// What is stored of a code of this (lower-cased) address, and compared with a guess.
    public func digest(of code: VerificationCode, email: String) -> CodeDigest {
        // One buffer: this runs for every guess.
        var message = Array("signupd digest\0".utf8)
        message.reserveCapacity(message.count + email.utf8.count + 1 + VerificationCode.length)
        message.append(contentsOf: email.utf8)
        message.append(0)
        message.append(contentsOf: code.text.utf8)
        return CodeDigest(authenticated: mac.authenticate(message))
    }

    /// What a log calls this (lower-cased) address: 12 hexadecimal digits that tell people apart, and tell who they are only
    /// to those who hold the secret and guess.
    public func mark(of email: String) -> String {
        BLAKE2b.withDigest(of: email, key: markKey) { Hexadecimal.encode($0.prefix(6)) }
    }

    /// 32 bytes that tell two requests apart without keeping either.
    public func fingerprint(of request: [UInt8]) -> [UInt8] {
        mac.authenticate(Array("signupd fingerprint\0".utf8) + request)
    }
}

/// The secrets in force: the first signs, all verify.
public struct SigningKeys: Sendable {
    /// More secrets than a rotation needs; bounds the comparisons of a guess.
    public static let maximumCount = 8

    /// The first signs.
    public let all: [SigningKey]

    /// Takes 1 to ``maximumCount`` keys; `nil` otherwise.
    public init?(_ keys: [SigningKey]) {
        guard (1...Self.maximumCount).contains(keys.count) else { return nil }
        all = keys
    }

    /// The key that signs what is new.
    public var current: SigningKey { all[0] }

    /// The key of that name, if it is still in force.
    public func key(_ id: KeyID) -> SigningKey? {
        all.first { $0.id == id }
    }

    /// The guess under every secret that verifies.
    public func digests(of code: VerificationCode, email: String) -> [CodeDigest] {
        all.map { $0.digest(of: code, email: email) }
    }
}
