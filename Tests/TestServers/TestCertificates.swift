// Certificates for tests, made by the openssl command: an authority, and servers it vouches for.

public import Foundation

/// A certificate with its key, as PEM files.
public struct TestCertificate: Sendable {
    public let certificate: URL
    public let key: URL
}

/// An authority of the test's own.
public struct TestAuthority: Sendable {
    private let directory: URL
    private let own: TestCertificate

    /// The file a client is to trust.
    public var caFile: String { own.certificate.path }

    public init() throws {
        directory = try makeTemporaryDirectory("ca")
        own = try Self.make(
            "authority",
            in: directory,
            [
                "-subj", "/CN=Test authority", "-addext", "basicConstraints=critical,CA:TRUE",
            ]
        )
    }

    /// A server's certificate for a name such as `DNS:localhost` or `IP:127.0.0.1`.
    public func issue(for name: String, days: Int = 2) throws -> TestCertificate {
        try Self.make(
            "server-\(UUID().uuidString)",
            in: directory,
            days: days,
            [
                "-subj", "/CN=Test server", "-addext", "subjectAltName=\(name)", "-addext", "basicConstraints=CA:FALSE",
                "-CA", own.certificate.path, "-CAkey", own.key.path,
            ]
        )
    }

    /// One that expired yesterday. `openssl req` makes none, so a request is signed instead.
    public func issueExpired(for name: String) throws -> TestCertificate {
        let base = directory.appendingPathComponent("expired-\(UUID().uuidString)").path
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", base + ".key"]
        try Command.run("openssl", ["req", "-new", "-subj", "/CN=Test server", "-out", base + ".csr"] + key)
        try Data("subjectAltName=\(name)\n".utf8).write(to: URL(fileURLWithPath: base + ".ext"))
        let authority = ["-CA", own.certificate.path, "-CAkey", own.key.path, "-CAcreateserial"]
        let request = ["-req", "-in", base + ".csr", "-extfile", base + ".ext", "-days", "-1", "-out", base + ".pem"]
        try Command.run("openssl", ["x509"] + request + authority)
        return TestCertificate(
            certificate: URL(fileURLWithPath: base + ".pem"),
            key: URL(fileURLWithPath: base + ".key")
        )
    }

    private static func make(
        _ name: String,
        in directory: URL,
        days: Int = 2,
        _ options: [String]
    ) throws -> TestCertificate {
        let made = TestCertificate(
            certificate: directory.appendingPathComponent("\(name).pem"),
            key: directory.appendingPathComponent("\(name).key")
        )
        try Command.run(
            "openssl",
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-days", String(days), "-keyout", made.key.path, "-out", made.certificate.path] + options
        )
        return made
    }
}
