// Every mail that the mail server accepted, whatever its sender knows of it.

import Foundation
import Synchronization

/// One acceptance: the server said 250 behind the message.
struct Delivery: Sendable {
    let messageID: String
    let recipient: String
    let code: String
    /// Which signupd process sent it.
    let sender: Int
    let acceptedAt: ContinuousClock.Instant
    /// Whether the 250 was passed on to the sender.
    var isReplyForwarded = false

    /// The signup's id as the Message-ID names it: `<ID.TEMPLATE.ISSUE@DOMAIN>`.
    var signupID: String { messageID.split(separator: ".").first.map(String.init) ?? "" }
}

/// Filled by the SMTP proxies, read by the people who wait for their codes and by the checker.
final class Mailbag: Sendable {
    private struct State {
        var deliveries: [Delivery] = []
        var byRecipient: [String: [Int]] = [:]
    }

    private let state = Mutex(State())

    var deliveries: [Delivery] { state.withLock { $0.deliveries } }

    /// - Returns: the delivery's number.
    func accept(_ message: [UInt8], sender: Int) -> Int {
        let text = String(decoding: message, as: UTF8.self)
        let delivery = Delivery(
            messageID: Self.header("Message-ID", text).trimmingCharacters(in: ["<", ">"]),
            recipient: Self.header("To", text).lowercased(),
            code: Self.text(behind: "Your verification code is: ", text),
            sender: sender,
            acceptedAt: .now
        )
        return state.withLock { state in
            state.deliveries.append(delivery)
            state.byRecipient[delivery.recipient, default: []].append(state.deliveries.count - 1)
            return state.deliveries.count - 1
        }
    }

    func replyForwarded(_ number: Int) {
        state.withLock { $0.deliveries[number].isReplyForwarded = true }
    }

    /// The mails to an address so far, oldest first.
    func mails(to recipient: String) -> [Delivery] {
        state.withLock { state in (state.byRecipient[recipient] ?? []).map { state.deliveries[$0] } }
    }

    private static func header(_ name: String, _ text: String) -> String {
        Self.text(behind: "\r\n\(name): ", text)
    }

    private static func text(behind mark: String, _ text: String) -> String {
        guard let start = text.range(of: mark, options: .caseInsensitive)?.upperBound else { return "" }
        return text[start...].prefix { !$0.isNewline }.trimmingCharacters(in: .whitespaces)
    }
}
