// What somebody on the line between us and the database gets to see: no name, no password, no hash of one, until the server has proven who
// it is; and to a server that cannot, nothing of ours is said at all.

import Foundation
import Signup
import TestServers
import Testing

@testable import MariaDBStore

@Suite("MariaDB: an eavesdropper", .serialized)
struct EavesdropperTests {
    private struct Servers {
        let encrypting: PrivateMariaDB
        let plain: PrivateMariaDB
        let certificate: ServerCertificate
        let other: ServerCertificate
    }

    private static let servers = Result {
        let directory = try makeTemporaryDirectory("eavesdropper")
        let certificate = try PrivateMariaDB.makeCertificate(for: "localhost", in: directory)
        return Servers(
            encrypting: try .start(port: Int(try Loopback.freePort()), certificate: certificate),
            plain: try .start(port: Int(try Loopback.freePort())),
            certificate: certificate,
            other: try PrivateMariaDB.makeCertificate(for: "other.example.org", in: directory)
        )
    }

    private static let user = "eavesdropped"
    private static let password = "hunter2secret"

    /// Tries to log in, and returns what crossed the line.
    private func listen(
        to server: PrivateMariaDB,
        host: String = "localhost",
        trusting: ServerCertificate?
    ) throws -> (failure: BackendFailure?, sent: [UInt8]) {
        let proxy = try RecordingProxy(to: UInt16(try #require(server.port)))
        defer { proxy.stop() }
        let configuration = MariaDBConfiguration(
            host: host,
            port: Int(proxy.port),
            user: Self.user,
            password: Self.password,
            database: "signupd",
            caFile: trusting?.certificateFile.path
        )
        var failure: BackendFailure?
        do throws(BackendFailure) {
            _ = try MariaDBStore.migrate(configuration)
        } catch {
            failure = error
        }
        return (failure, proxy.sentByClients.flatMap { $0 })
    }

    @Test("a server that proves itself gets the login, and the line shows nothing of it")
    func verified() throws {
        let servers = try Self.servers.get()
        let heard = try listen(to: servers.encrypting, trusting: servers.certificate)
        // 1045: access denied; there is no such user, so the login did arrive.
        #expect(heard.failure?.nativeCode == 1045)
        #expect(tellsNothing(heard.sent))
        #expect(heard.sent.count > 100)
    }

    @Test("a server without TLS is told nothing")
    func withoutTLS() throws {
        let servers = try Self.servers.get()
        let heard = try listen(to: servers.plain, trusting: servers.certificate)
        #expect(heard.failure?.nativeCode == 2026)
        #expect(tellsNothing(heard.sent))
    }

    @Test("a server with a stranger's certificate, or another host's, gets no login", arguments: [true, false])
    func unproven(isStranger: Bool) throws {
        let servers = try Self.servers.get()
        let before = try deniedLogins(servers.encrypting)
        let heard = try listen(
            to: servers.encrypting,
            host: isStranger ? "localhost" : "127.0.0.1",
            trusting: isStranger ? servers.other : servers.certificate
        )
        #expect(heard.failure?.nativeCode == 2026)
        #expect(tellsNothing(heard.sent))
        // Not even within TLS: whoever holds the other end would have the hash.
        #expect(try deniedLogins(servers.encrypting) == before)
    }

    @Test("without verification a login does cross the line, so this test would see one")
    func control() throws {
        let servers = try Self.servers.get()
        let heard = try listen(to: servers.plain, host: "127.0.0.1", trusting: nil)
        #expect(heard.failure?.nativeCode == 1045)
        #expect(!tellsNothing(heard.sent))
        #expect(String(decoding: heard.sent, as: UTF8.self).contains(Self.user))
    }

    /// Whether the client said nothing in clear but that it wants TLS: the request for it has 32 bytes behind its header of four,
    /// and all that follows are records of TLS.
    private func tellsNothing(_ sent: [UInt8]) -> Bool {
        let text = String(decoding: sent, as: UTF8.self)
        guard !text.contains(Self.user), !text.contains(Self.password) else { return false }
        guard !sent.isEmpty else { return true }
        guard sent.count >= 36, Array(sent[..<4]) == [32, 0, 0, 1] else { return false }
        var rest = sent[36...]
        while let type = rest.first {
            // Change of cipher, alert, handshake or data; version 3.x.
            guard (20...23).contains(type), rest.count >= 5, rest[rest.startIndex + 1] == 3 else { return false }
            let length = Int(rest[rest.startIndex + 3]) << 8 | Int(rest[rest.startIndex + 4])
            guard rest.count >= 5 + length else { return false }
            rest = rest.dropFirst(5 + length)
        }
        return true
    }

    private func deniedLogins(_ server: PrivateMariaDB) throws -> Int {
        let line = try server.run("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'")
        return try #require(Int(line.split(separator: "\t").last ?? ""))
    }
}
