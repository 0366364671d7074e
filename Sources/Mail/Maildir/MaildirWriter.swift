// The thread that owns the Maildir: it writes a batch of mails and makes all their names durable with one sync.

import Glibc
import Signup
import Threads

/// What the thread is asked for.
enum MaildirJob: Sendable {
    case deliver(MailOrder)
    case ping(Completion<Void, MailFailure>)
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
        var written: [(name: String, order: MailOrder)] = []
        for job in batch {
            switch job {
            case .ping(let completion):
                completion.finish(result { () throws(MaildirFolder.Failure) in try folder.checkWritable() })
            case .deliver(let order):
                do throws(MailFailure) {
                    guard order.isWanted() else {
                        order.ended(.success(nil))
                        continue
                    }
                    written.append((try write(order.message), order))
                } catch {
                    order.ended(.failure(error))
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

    private func settle(_ written: [(name: String, order: MailOrder)]) {
        let synced = result { () throws(MaildirFolder.Failure) in try folder.syncNew() }
        for (name, order) in written {
            if case .failure = synced { folder.withdraw(name) }
            order.ended(synced.map { "delivered to maildir" })
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
