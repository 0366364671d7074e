// One SMTP connection through the proxy. The client waits for every reply, so one thread relays both ways.

import Foundation

/// Runs on a thread of its own and closes both ends when it is done.
struct SMTPRelay {
    let client: Stream
    let server: Stream
    let sender: Int
    let mailbag: Mailbag
    /// Asked once for each mail.
    let nextFault: () -> MailFault?
    let isHolding: () -> Bool

    /// Longer than any send takes: the client gives up first.
    private static let patience: Duration = .seconds(30)

    private enum Ending: Error { case closed }

    func run() {
        client.setPatience(Self.patience)
        server.setPatience(Self.patience)
        var clientLines = LineReader(client)
        var serverLines = LineReader(server)
        // Every error is the end of the connection, which is what happens below.
        try? converse(&clientLines, &serverLines)
        client.reset()
        server.reset()
    }

    private func converse(_ client: inout LineReader, _ server: inout LineReader) throws {
        try forward(server.reply())
        var fault: MailFault?
        while true {
            let line = try client.line()
            let verb = String(decoding: line.prefix(4), as: UTF8.self).uppercased()
            if verb == "MAIL" { fault = nextFault() }
            switch (verb, fault) {
            case ("MAIL", .senderRefusedForNow): try forward("451 4.3.0 chaos: no senders now\r\n")
            case ("MAIL", .serviceClosing): try forward("421 4.3.2 chaos: closing\r\n"); throw Ending.closed
            case ("RCPT", .refusedForNow): try forward("450 4.2.1 chaos: mailbox busy\r\n")
            case ("RCPT", .refusedForGood): try forward("550 5.1.1 chaos: no such mailbox\r\n")
            case ("RCPT", .resetAtRecipient): throw Ending.closed
            case ("DATA", .dataRefusedForNow): try forward("451 4.3.0 chaos: no data now\r\n")
            case ("DATA", _): try data(line, fault, &client, &server)
            default:
                guard self.server.write(line) else { throw Ending.closed }
                try forward(server.reply())
            }
        }
    }

    private func data(
        _ command: [UInt8],
        _ fault: MailFault?,
        _ client: inout LineReader,
        _ server: inout LineReader
    ) throws {
        guard self.server.write(command) else { throw Ending.closed }
        let permission = try server.reply()
        try forward(permission)
        guard permission.starts(with: "354".utf8) else { return }
        var message: [UInt8] = []
        while true {
            let line = try client.line()
            message += line
            if line == Array(".\r\n".utf8) { break }
        }
        if isHolding() {
            while isHolding() { usleep(10_000) }
            throw Ending.closed
        }
        if fault == .cutInData {
            self.server.write(message.prefix(message.count / 2))
            throw Ending.closed
        }
        if fault == .silentInData {
            // The client waits for its own timeout, and closes.
            _ = try client.line()
            throw Ending.closed
        }
        guard self.server.write(message) else { throw Ending.closed }
        let reply = try server.reply()
        guard reply.starts(with: "250".utf8) else { return try forward(reply) }
        let delivery = mailbag.accept(message, sender: sender)
        if fault == .replyDropped { throw Ending.closed }
        try forward(reply)
        mailbag.replyForwarded(delivery)
    }

    private func forward(_ text: String) throws { try forward(Array(text.utf8)) }

    private func forward(_ bytes: [UInt8]) throws {
        guard client.write(bytes) else { throw Ending.closed }
    }

    /// Cuts a stream into lines with their CR LF.
    private struct LineReader {
        private let stream: Stream
        private var buffer: [UInt8] = []

        init(_ stream: Stream) {
            self.stream = stream
        }

        mutating func line() throws -> [UInt8] {
            while true {
                if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Array(buffer[...end])
                    buffer.removeSubrange(...end)
                    return line
                }
                guard let more = stream.read() else { throw Ending.closed }
                buffer += more
            }
        }

        /// All lines of a reply: its last has a space behind the code.
        mutating func reply() throws -> [UInt8] {
            var reply: [UInt8] = []
            while true {
                let line = try line()
                reply += line
                if line.count < 4 || line[3] != UInt8(ascii: "-") { return reply }
            }
        }
    }
}
