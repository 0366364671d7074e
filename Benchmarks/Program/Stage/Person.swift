// People who have signed up and not verified yet: made in bulk, with the codes that the courier would have mailed them.

import Cryptography
import Signup

struct Person: Sendable {
    let id: SignupID
    /// In lower case; its first part is the nickname too.
    let email: String
    let nickname: String
    let code: VerificationCode
    let digest: CodeDigest

    /// Which of the ways a client can name the signup.
    enum Naming: Sendable {
        case email
        case emailAndID
    }

    var signupParameters: String {
        "{\"email\":\"\(email)\",\"password\":\"\(Registry.password)\",\"nickname\":\"\(nickname)\"}"
    }

    func verifyParameters(_ naming: Naming) -> String {
        let id = naming == .emailAndID ? ",\"signup_id\":\"\(id)\"" : ""
        return "{\"email\":\"\(email)\",\"code\":\"\(code.text)\"\(id)}"
    }
}

/// The secret of every program that a benchmark starts, and the people whose codes it signs.
struct Registry: Sendable {
    static let secret = String(repeating: "5a", count: 32)
    /// Long enough for zxcvbn, and a usual length.
    static let password = "violet-Kettle 41 harbor"

    private let key: SigningKey
    /// One hash for everybody: a verification copies it and never computes one.
    let passwordHash: String

    init() throws {
        guard let bytes = Hexadecimal.decode(Self.secret), let key = SigningKey(secret: bytes) else {
            preconditionFailure("the secret above is 32 bytes of hexadecimal")
        }
        self.key = key
        let cost = Argon2id.Cost(memoryKiB: 8, iterations: 1)
        passwordHash = try Argon2id.hash(SecretBytes(Array(Self.password.utf8)), cost: cost)
    }

    /// Where new people's addresses lie among those of the others.
    func people(_ count: Int, address: (Int) -> String = { _ in "" }) -> [Person] {
        // A word of the run's own, so that nobody of an earlier one is met again.
        let word = Hexadecimal.encode(SecureRandom().bytes(count: 4))
        let now = WallTime.now
        return (0..<count).map { index in
            let nickname = "p\(address(index))\(word)n\(index)"
            let email = "\(nickname)@example.org"
            let id = SignupID(now: now)
            let code = key.code(for: id, issue: 1)
            return Person(
                id: id,
                email: email,
                nickname: nickname,
                code: code,
                digest: key.digest(of: code, email: email)
            )
        }
    }
}
