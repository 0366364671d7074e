// Over TCP with verification on, nothing of ours reaches a server that has not proven who it is.

import Foundation
import Signup
import TestServers
import Testing

@testable import MariaDBStore

@Suite("MariaDB: TLS", .serialized)
struct TLSTests {
    private struct Servers {
        let encrypting: PrivateMariaDB
        let plain: PrivateMariaDB
        let certificate: ServerCertificate
        let otherCertificate: ServerCertificate
    }

    private static let servers = Result {
        let directory = try makeTemporaryDirectory("tls")
        let certificate = try PrivateMariaDB.makeCertificate(for: "localhost", in: directory)
        return Servers(
            encrypting: try .start(port: Int(try Loopback.freePort()), certificate: certificate),
            plain: try .start(port: Int(try Loopback.freePort())),
            certificate: certificate,
            otherCertificate: try PrivateMariaDB.makeCertificate(for: "other.example.org", in: directory)
        )
    }

    private func configuration(_ server: PrivateMariaDB, host: String, trusting: ServerCertificate?) throws
        -> MariaDBConfiguration
    {
        MariaDBConfiguration(
            host: host,
            port: try #require(server.port),
            user: server.user,
            password: server.password,
            database: try server.makeDatabase(),
            caFile: trusting?.certificateFile.path
        )
    }

    @Test("a server with the right certificate is spoken to, encrypted")
    func verified() throws {
        let servers = try Self.servers.get()
        let configuration = try configuration(servers.encrypting, host: "localhost", trusting: servers.certificate)
        _ = try MariaDBStore.migrate(configuration)
        let connection = try MariaDBConnection(configuration, .work(configuration))
        let cipher = try connection.query(Statement("SHOW SESSION STATUS LIKE 'Ssl_cipher'")) {
            row throws(DatabaseError) in try row.text(1)
        }
        #expect(cipher.first?.isEmpty == false)
    }

    @Test("a stranger's certificate, another host's, and no certificate at all end the connection")
    func refused() throws {
        let servers = try Self.servers.get()
        let wrong = [
            try configuration(servers.encrypting, host: "localhost", trusting: servers.otherCertificate),
            try configuration(servers.encrypting, host: "127.0.0.1", trusting: servers.certificate),
            try configuration(servers.plain, host: "localhost", trusting: servers.certificate),
        ]
        for configuration in wrong {
            let failure = #expect(throws: BackendFailure.self) { try MariaDBStore.migrate(configuration) }
            #expect(failure?.kind == .unavailable)
            #expect(failure?.nativeCode == 2026)
        }
    }

    @Test("on loopback, without an authority named, a plain server will do")
    func loopback() throws {
        let servers = try Self.servers.get()
        let configuration = try configuration(servers.plain, host: "127.0.0.1", trusting: nil)
        #expect(try MariaDBStore.migrate(configuration).versionAfter == 2)
    }
}
