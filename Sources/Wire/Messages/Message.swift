// What one line can turn out to be.

/// The content of one line.
enum Message {
    case single(Element)
    /// 1 to 32 elements, answered in one array.
    case batch([Element])

    /// One JSON-RPC object, or what stands where one should.
    enum Element {
        case request(Request)
        /// Wants no reply, and so is not executed: nobody would see its error.
        case notification
        /// Somebody's reply. Answering it could start an endless exchange of errors.
        case response
        /// Cannot be executed; is answered with the error.
        case refused(id: RequestID, isMalformed: Bool, WireError)

        /// Whether it takes a place among the requests in flight.
        var wantsReply: Bool {
            switch self {
            case .request, .refused: true
            case .notification, .response: false
            }
        }
    }
}
