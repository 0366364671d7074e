// What is SQLite's own: the file, its mode, its schema, and other processes on it.

import Dispatch
import Foundation
import Signup
import TestServers
import Testing

@testable import SQLiteStore

@Suite("The SQLite file")
struct SQLiteFileTests {
    /// Runs a test with the path of a file that does not exist yet.
    private func withPath(_ body: (String) async throws -> Void) async throws {
        let directory = try makeTemporaryDirectory("sqlite")
        defer { _ = try? FileManager.default.removeItem(at: directory) }  // Only /tmp is left fuller.
        try await body(directory.appendingPathComponent("signupd.db").path)
    }

    private func open(_ path: String) throws -> SQLiteStore {
        try SQLiteStore(SQLiteConfiguration(path: path), logger: quietLogger)
    }

    @Test("the file and its logs are for their owner only")
    func mode() async throws {
        try await withPath { path in
            let store = try open(path)
            defer { store.shutDown() }
            #expect(try await store.record(newSignup(), deadline: soon) == .recorded)
            for suffix in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
            }
        }
    }

    @Test("what was stored is there when the file is opened again")
    func survivesReopening() async throws {
        try await withPath { path in
            let signup = try newSignup()
            let first = try open(path)
            #expect(try await first.record(signup, deadline: soon) == .recorded)
            first.shutDown()
            #expect(FileManager.default.fileExists(atPath: path + "-wal") == false)
            let second = try open(path)
            defer { second.shutDown() }
            #expect(try await second.signup(signup.id, deadline: soon)?.email == "mira@example.org")
        }
    }

    @Test("a store that was shut down says so, and shutting down twice is harmless")
    func shutDown() async throws {
        try await withPath { path in
            let store = try open(path)
            store.shutDown()
            store.shutDown()
            let failure = await #expect(throws: BackendFailure.self) { try await store.ping(deadline: soon) }
            #expect(failure?.kind == .shuttingDown)
        }
    }

    @Test("twenty openings at once of a file that does not exist migrate it once")
    func migratesOnce() async throws {
        try await withPath { path in
            let stores = try await concurrently(0..<20) { _ in try open(path) }
            for store in stores { try await store.ping(deadline: soon) }
            for store in stores { store.shutDown() }
        }
    }

    @Test("a file of an older schema is brought up to date with what is in it")
    func olderSchema() async throws {
        try await withPath { path in
            let store = try open(path)
            let signup = try newSignup()
            #expect(try await store.record(signup, deadline: soon) == .recorded)
            let toFirstVersion = [
                "DROP TABLE silent_resends", "DROP INDEX outbox_sent", "DROP INDEX signups_by_age",
                "CREATE INDEX signups_pending_by_age ON signups (created_at) WHERE state = 'pending'",
                "PRAGMA user_version = 1",
            ]
            for sql in toFirstVersion {
                try await store.run(sql)
            }
            store.shutDown()
            let newer = try open(path)
            #expect(try await newer.signup(signup.id, deadline: soon) != nil)
            let order = ResendOrder(signupID: SignupID(now: start), now: start, idempotency: nil, dailyCap: nil)
            #expect(try await newer.resendSilently(order, deadline: soon) == .owed(issue: 1))
            newer.shutDown()
        }
    }

    @Test("a file of a newer schema is refused with what to do")
    func newerSchema() async throws {
        try await withPath { path in
            let store = try open(path)
            try await store.run("PRAGMA user_version = 99")
            store.shutDown()
            let failure = #expect(throws: BackendFailure.self) { try open(path) }
            #expect(failure?.kind == .defect)
            #expect(failure?.reason.contains("version 99") == true)
            #expect(failure?.reason.contains("newer signupd") == true)
        }
    }

    @Test("another program's database is refused")
    func foreignFile() async throws {
        try await withPath { path in
            let store = try open(path)
            try await store.run("PRAGMA application_id = 12345")
            store.shutDown()
            let failure = #expect(throws: BackendFailure.self) { try open(path) }
            #expect(failure?.reason.contains("another program") == true)
        }
    }

    @Test("a file that is no database is a defect, a directory that is not there is unavailable")
    func unusableFile() async throws {
        try await withPath { path in
            try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
            let damaged = #expect(throws: BackendFailure.self) { try open(path) }
            #expect(damaged?.kind == .defect)
            let missing = #expect(throws: BackendFailure.self) { try open("/nowhere/signupd.db") }
            #expect(missing?.kind == .unavailable)
        }
    }

    @Test("while another handle is writing, readers are served and writers are told to come back")
    func busy() async throws {
        try await withPath { path in
            let impatient = SQLiteConfiguration(path: path, busyTimeout: .milliseconds(50))
            let store = try SQLiteStore(impatient, logger: quietLogger)
            let other = try open(path)
            let isWriting = DispatchSemaphore(value: 0)
            let mayEnd = DispatchSemaphore(value: 0)
            other.writeLater("holding the file") { _ in
                isWriting.signal()
                mayEnd.wait()
            }
            await blocking { isWriting.wait() }
            let signup = try newSignup()
            let failure = await #expect(throws: BackendFailure.self) {
                try await store.record(signup, deadline: soon)
            }
            #expect(failure?.kind == .unavailable)
            #expect(failure?.nativeCode == 5)
            #expect(try await store.signup(signup.id, deadline: soon) == nil)
            mayEnd.signal()
            other.shutDown()
            #expect(try await store.record(signup, deadline: soon) == .recorded)
            store.shutDown()
        }
    }

    @Test("when the disk is full the call is refused, and the next one works once there is room")
    func diskFull() async throws {
        try await withPath { path in
            let store = try open(path)
            defer { store.shutDown() }
            try await store.run("PRAGMA max_page_count = 60")
            let failure = await #expect(throws: BackendFailure.self) {
                for number in 0..<2000 {
                    _ = try await store.record(newSignup("mira\(number)@example.org"), deadline: soon)
                }
            }
            #expect(failure?.kind == .unavailable)
            #expect(failure?.nativeCode == 13)
            try await store.run("PRAGMA max_page_count = 1000000")
            let late = try newSignup("late@example.org")
            #expect(try await store.record(late, deadline: soon) == .recorded)
        }
    }

    @Test("when one call of a batch fails, the others are done, and only it is told")
    func failureInBatch() async throws {
        try await withPath { path in
            let store = try open(path)
            defer { store.shutDown() }
            let outcomes = try await concurrently(0..<60) { number in
                do {
                    if number == 30 { try await store.run("INSERT INTO signups (id) VALUES (x'00')") }
                    let signup = try newSignup("mira\(number)@example.org", nickname: "Mira \(number)")
                    return try await store.record(signup, deadline: soon) == .recorded
                } catch {
                    return false
                }
            }
            #expect(outcomes.count { $0 } == 59)
            #expect(try await store.backlog(deadline: soon).queued == 59)
        }
    }

    @Test("whatever was acknowledged is in the files at that moment, as a kill would leave them")
    func acknowledgedIsDurable() async throws {
        try await withPath { path in
            let store = try open(path)
            let copy = path + "-copy"
            var acknowledged: [NewSignup] = []
            for round in 0..<10 {
                acknowledged += try await concurrently(0..<10) { number in
                    let signup = try newSignup("mira\(round)-\(number)@example.org", nickname: "\(round) \(number)")
                    _ = try await store.record(signup, deadline: soon)
                    return signup
                }
            }
            // The store is still open and writes on; its log has not been copied into the database yet.
            store.writeLater("writing on") { transaction throws(BackendFailure) in
                try transaction.change("UPDATE outbox SET attempts = attempts + 1")
            }
            // By another process: closing a copy's source here would drop the locks that this process holds on the file.
            for suffix in ["", "-wal"] { try copyFile(path + suffix, copy + suffix) }
            let survivor = try open(copy)
            for signup in acknowledged {
                #expect(try await survivor.signup(signup.id, deadline: soon) != nil)
            }
            survivor.shutDown()
            store.shutDown()
        }
    }

    @Test("a transaction that outgrows the memory reads what it wrote, and is whole for others when it ends")
    func largerThanMemory() async throws {
        try await withPath { path in
            let store = try open(path)
            defer { store.shutDown() }
            try await store.run("PRAGMA cache_size = 10")
            let signups = try (0..<2000).map { try newSignup("mira\($0)@example.org", nickname: "Mira \($0)") }
            let seen = try await store.write(soon) { transaction throws(BackendFailure) in
                for signup in signups { _ = try transaction.record(signup) }
                return try transaction.first("SELECT count(*) FROM signups NOT INDEXED") { $0.count(0) }
            }
            #expect(seen == 2000)
            let (count, health) = try await store.read(soon) { transaction throws(BackendFailure) in
                (
                    try transaction.first("SELECT count(*) FROM signups NOT INDEXED") { $0.count(0) },
                    try transaction.first("PRAGMA integrity_check") { $0.text(0) }
                )
            }
            #expect(count == 2000)
            #expect(health == "ok")
        }
    }

    @Test("a queue that is full refuses at once")
    func overload() async throws {
        try await withPath { path in
            let store = try SQLiteStore(
                SQLiteConfiguration(path: path, queueCapacity: 4, batchLimit: 1),
                logger: quietLogger
            )
            defer { store.shutDown() }
            let outcomes = try await concurrently(0..<200) { _ in
                do {
                    return try await store.record(newSignup(), deadline: soon) == .recorded
                } catch let failure as BackendFailure where failure.kind == .overloaded {
                    return false
                }
            }
            #expect(outcomes.contains(true))
            #expect(outcomes.contains(false))
        }
    }

    @Test("the accounts view shows members, and the newest live signup of every other address")
    func accountsView() async throws {
        try await withPath { path in
            let store = try open(path)
            let stores = Stores(store)
            try await stores.makeMember(try await stores.join())
            try await stores.join(nickname: "Second", at: start + .seconds(1))
            try await stores.join("noor@example.org", nickname: "Older")
            try await stores.join("noor@example.org", nickname: "Newer", at: start + .seconds(1))
            let rows = try await store.read(soon) { transaction throws(BackendFailure) in
                try transaction.all("SELECT email, nickname, is_active FROM accounts ORDER BY email") { row in
                    "\(row.text(0)) \(row.text(1)) \(row.count(2))"
                }
            }
            #expect(rows == ["mira@example.org Mira 1", "noor@example.org Newer 0"])
            store.shutDown()
        }
    }

    @Test("a nickname is free again when the mail of the signup that held it is dead")
    func deadMailHoldsNothing() async throws {
        try await withPath { path in
            let store = try open(path)
            let stores = Stores(store)
            try await stores.join()
            let mail = try #require(try await stores.claim().first)
            #expect(try await stores.survey("noor@example.org", nickname: "Mira").nicknameIsTaken)
            #expect(try await stores.settle(mail, as: .dead(reply: "550 no", earlierCodesLive: .seconds(3600))))
            #expect(try await stores.survey("noor@example.org", nickname: "Mira").nicknameIsTaken == false)
            store.shutDown()
        }
    }
}

extension SQLiteStore {
    /// Runs one statement of the test's own.
    fileprivate func run(_ sql: String) async throws {
        try await write(soon) { transaction throws(BackendFailure) in
            _ = try transaction.change(sql)
        }
    }
}

private func copyFile(_ from: String, _ to: String) throws {
    let process = try Process.run(URL(fileURLWithPath: "/bin/cp"), arguments: [from, to])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
}

/// Waits on a thread that may block, and not on one of those that run tasks.
private func blocking(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            body()
            continuation.resume()
        }
    }
}
