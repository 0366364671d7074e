// Short ways to write requests and to read what came back.

import Testing
import Wire

/// A request as a line.
func call(_ method: String, id: RequestID, _ params: JSONObject = [:]) -> String {
    String(decoding: RequestWriter.line(id: id, method: method, params: params), as: UTF8.self)
}

extension Conversation {
    /// The ids of the replies, in the order in which they came.
    var answeredIDs: [RequestID] { replies.compactMap { Reply($0)?.id } }

    /// The ids of what runs, in the order in which it was handed out.
    var runningIDs: [RequestID] { running.map(\.request.id) }

    /// The errors among the replies.
    var errors: [Reply.RemoteError] {
        replies.compactMap { value in
            guard case .failure(let error) = Reply(value)?.outcome else { return nil }
            return error
        }
    }

    var reasons: [ErrorReason?] { errors.map(\.reason) }

    /// What comes back for some input followed by its end.
    static func replies(to input: String, inputMode: InputMode = .messages) -> Conversation {
        var conversation = Conversation(replyOrder: .input, inputMode: inputMode)
        conversation.send(input)
        conversation.end()
        conversation.runToEnd()
        return conversation
    }
}
