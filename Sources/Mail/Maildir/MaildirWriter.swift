// The thread that owns the Maildir: it writes a batch of mails and makes all their names durable with one sync.

import Glibc
import Signup
import Threads

/// What the thread is asked for.
enum MaildirJob: Sendable {
    case deliver(MaildirDelivery)
    case ping(Completion<Void, MailFailure>)
}

/// One mail on its way, and who waits for it.
struct MaildirDelivery: Sendable {
    let message: MailMessage
    /// Asked when its turn has come.
    let isWanted: @Sendable () -> Bool
    let completion: Completion<String?, MailFailure>
}

final class MaildirWriter: BatchProcessor {
    private let folder: MaildirFolder
    private let from: Mailbox
    private let host = HostPart.current()
    /// Tells apart the files of one process within one microsecond.
    private var deliveries = 0

    init(_ folder: MaildirFolder, from: Mailbox) {
        self.folder = folder
        self.from = from
    }

    func process(_ batch: [MaildirJob]) {
        var written: [(name: String, completion: Completion<String?, MailFailure>)] = []
        for job in batch {
            switch job {
            case .ping(let completion):
                completion.finish(result { () throws(MaildirFolder.Failure) in try folder.checkWritable() })
            case .deliver(let delivery):
                do throws(MailFailure) {
                    guard delivery.isWanted() else {
                        delivery.completion.succeed(nil)
                        continue
                    }
                    written.append((try write(delivery.message), delivery.completion))
                } catch {
                    delivery.completion.fail(error)
                }
            }
        }
        if !written.isEmpty { settle(written) }
    }

    private func write(_ message: MailMessage) throws(MailFailure) -> String {
        let outgoing = try OutgoingMessage(message, from: from, messageIDDomain: from.domain)
        let name = nextName()
        return try result { () throws(MaildirFolder.Failure) in
            try folder.create()
            try folder.deliver(MessageFile.bytes(of: outgoing), as: name)
            return name
        }.get()
    }

    private func settle(_ written: [(name: String, completion: Completion<String?, MailFailure>)]) {
        let synced = result { () throws(MaildirFolder.Failure) in try folder.syncNew() }
        for (name, completion) in written {
            if case .failure = synced { folder.withdraw(name) }
            completion.finish(synced.map { "delivered to maildir" })
        }
    }

    /// `seconds.MmicrosecondsPprocess_counter.host`: unique without asking anyone.
    private func nextName() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        deliveries += 1
        return "\(now.tv_sec).M\(now.tv_nsec / 1000)P\(getpid())_\(deliveries).\(host)"
    }

    private func result<Value>(
        _ body: () throws(MaildirFolder.Failure) -> Value
    ) -> Result<Value, MailFailure> {
        do throws(MaildirFolder.Failure) {
            return .success(try body())
        } catch {
            return .failure(.local(error.text))
        }
    }
}

/// The machine's name as it may stand in a Maildir's file name.
enum HostPart {
    static func current() -> String {
        var characters = [CChar](repeating: 0, count: 256)
        let status = gethostname(&characters, characters.count - 1)
        let name = characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        guard status == 0, HostName.isValid(name) else { return "localhost" }
        return String(decoding: name, as: UTF8.self)
    }
}
