// What libcurl tells us while it works: the lines of the dialogue, the sockets it opens and closes, and "shall I go on?"

internal import CCurl
import Glibc
import Signup

/// Retained by its handle; touched only by the thread that performs on it.
final class SMTPObserver {
    private(set) var dialogue = SMTPDialogue()
    /// The transfer was cut short by ``stop``.
    private(set) var wasStopped = false
    /// What libcurl says of a handshake, such as `TLSv1.3 / TLS_AES_256_GCM_SHA384`; only when asked to listen.
    private(set) var encryption: String?
    var listensForEncryption = false
    private let stop: StopSignal
    private var sockets: Set<curl_socket_t> = []

    init(stop: StopSignal) {
        self.stop = stop
    }

    /// A transfer begins.
    func begin() {
        dialogue = SMTPDialogue()
        wasStopped = false
    }

    /// Registers the callbacks.
    func observe(_ handle: CurlHandle) throws(MailFailure) {
        handle.retain(self)
        let context = Unmanaged.passUnretained(self).toOpaque()
        // Verbose output goes to the debug function alone, and that keeps no command and no content.
        try handle.set(CURLOPT_VERBOSE, 1)
        try handle.accept(signupd_curl_set_debug_function(handle.raw, hearLine))
        try handle.set(CURLOPT_DEBUGDATA, pointer: context)
        try handle.set(CURLOPT_NOPROGRESS, 0)
        try handle.accept(signupd_curl_set_progress_function(handle.raw, askWhetherToStop))
        try handle.set(CURLOPT_XFERINFODATA, pointer: context)
        try handle.accept(signupd_curl_set_socket_function(handle.raw, openedSocket))
        try handle.set(CURLOPT_SOCKOPTDATA, pointer: context)
        try handle.accept(signupd_curl_set_close_function(handle.raw, closeSocketOfHandle))
        try handle.set(CURLOPT_CLOSESOCKETDATA, pointer: context)
    }

    /// Makes sure that nobody waits for the server any more. libcurl waits for the answer to QUIT beyond every timeout it
    /// was given, but for an end of file not a moment.
    ///
    /// - Parameter politely: QUIT is still sent; otherwise the connection is dead at once, as it must be when a late reply
    ///   could be taken for the answer to something else.
    func endConversation(politely: Bool) {
        for socket in sockets {
            // It fails when the server has closed already, and then nothing is left to end.
            _ = shutdown(socket, Int32(politely ? SHUT_RD : SHUT_RDWR))
        }
    }

    fileprivate func hear(_ type: curl_infotype, _ line: UnsafeRawBufferPointer) {
        switch type {
        case CURLINFO_HEADER_IN:
            dialogue.received(line)
        case CURLINFO_HEADER_OUT:
            dialogue.sent(line)
            if dialogue.isOver { endConversation(politely: true) }
        case CURLINFO_TEXT where listensForEncryption:
            let text = String(decoding: line, as: UTF8.self)
            guard let words = text.firstRange(of: "SSL connection using ") else { break }
            encryption = String(text[words.upperBound...].prefix { !$0.isNewline })
        default:
            break
        }
    }

    fileprivate func noteOpened(_ socket: curl_socket_t) {
        sockets.insert(socket)
    }

    fileprivate func closeSocket(_ socket: curl_socket_t) -> Int32 {
        sockets.remove(socket)
        return close(socket)
    }

    fileprivate func shouldStop() -> Bool {
        if stop.isDue { wasStopped = true }
        return wasStopped
    }
}

// C calls these with the pointer that `observe` gave, from inside `perform` or while the handle is freed.

private func observer(_ context: UnsafeMutableRawPointer?) -> SMTPObserver? {
    context.map { Unmanaged<SMTPObserver>.fromOpaque($0).takeUnretainedValue() }
}

private let hearLine: curl_debug_callback = { _, type, bytes, count, context in
    observer(context)?.hear(type, UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

private let askWhetherToStop: curl_xferinfo_callback = { context, _, _, _, _ in
    observer(context)?.shouldStop() == true ? 1 : 0
}

private let openedSocket: curl_sockopt_callback = { context, socket, _ in
    observer(context)?.noteOpened(socket)
    return Int32(CURL_SOCKOPT_OK)
}

private let closeSocketOfHandle: curl_closesocket_callback = { context, socket in
    observer(context)?.closeSocket(socket) ?? close(socket)
}
