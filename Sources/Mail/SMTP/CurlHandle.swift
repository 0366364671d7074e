// The only file that calls libcurl: an easy handle, its settings, and the lists and bodies given to it.

internal import CCurl
import Signup

/// One easy handle, used by the thread that made it. Freed with its connection when the object goes.
final class CurlHandle {
    let raw: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    /// What the callbacks point to: freeing the handle still calls them.
    private var observer: AnyObject?

    /// curl_global_init is not thread-safe everywhere: Swift runs this once, before the first handle.
    private static let globalStart: CURLcode = signupd_curl_global_init(Int(CURL_GLOBAL_SSL))

    /// Opens the library, the first time. Why it cannot be opened; `nil` once it is open.
    static var libraryProblem: String? {
        if signupd_curl_library() != nil { return nil }
        // It was the last call, so there is one.
        let reason = dlerror().map { String(cString: $0) } ?? "no reason was given"
        return "needs libcurl (Debian: libcurl4), which cannot be opened: \(reason)"
    }

    init() throws(MailFailure) {
        if let problem = Self.libraryProblem { throw .local(problem) }
        guard Self.globalStart == CURLE_OK else { throw MailFailure.curl(Self.globalStart) }
        guard let raw = signupd_curl_easy_init() else { throw MailFailure.curl(CURLE_OUT_OF_MEMORY) }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try set(CURLOPT_ERRORBUFFER, pointer: errorText)
    }

    deinit {
        signupd_curl_easy_cleanup(raw)
        errorText.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) throws(MailFailure) {
        try accept(signupd_curl_set_long(raw, option, value))
    }

    /// libcurl copies the string. `nil` takes a default away.
    func set(_ option: CURLoption, _ value: String?) throws(MailFailure) {
        try accept(signupd_curl_set_string(raw, option, value))
    }

    /// What it points to must outlive the handle.
    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) throws(MailFailure) {
        try accept(signupd_curl_set_pointer(raw, option, pointer))
    }

    func set(_ option: CURLoption, _ list: borrowing CurlList) throws(MailFailure) {
        try accept(signupd_curl_set_list(raw, option, list.head))
    }

    func set(_ body: borrowing CurlMIME) throws(MailFailure) {
        try accept(signupd_curl_set_mime(raw, body.raw))
    }

    /// Takes the message off again: its lists and bodies are freed while the handle lives on.
    func forgetMessage() {
        // Setting these to nil cannot fail: nothing is allocated.
        _ = signupd_curl_set_mime(raw, nil)
        _ = signupd_curl_set_list(raw, CURLOPT_HTTPHEADER, nil)
        _ = signupd_curl_set_list(raw, CURLOPT_MAIL_RCPT, nil)
    }

    /// Blocks until the transfer has ended.
    func perform() -> CURLcode {
        errorText.pointee = 0
        return signupd_curl_easy_perform(raw)
    }

    /// curl's words for the last failure, or the exit code's own if it had none.
    func describe(_ code: CURLcode) -> String {
        let text = String(cString: errorText)
        return text.isEmpty ? String(cString: signupd_curl_easy_strerror(code)) : text
    }

    /// How long the last transfer took to reach a point; zero if it never came there.
    func microseconds(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return signupd_curl_get_microseconds(raw, info, &value) == CURLE_OK ? Int(value) : 0
    }

    /// Connections the last transfer made; zero when it used a kept one.
    var newConnections: Int {
        var value = 0
        return signupd_curl_get_long(raw, CURLINFO_NUM_CONNECTS, &value) == CURLE_OK ? value : 0
    }

    /// The fields of the server's certificate; empty unless CURLOPT_CERTINFO was set before it connected.
    var serverCertificate: [String: String] {
        var info: UnsafeMutablePointer<curl_certinfo>?
        guard signupd_curl_get_certificates(raw, &info) == CURLE_OK, let chain = info?.pointee, chain.num_of_certs > 0
        else { return [:] }
        var fields: [String: String] = [:]
        var entry = chain.certinfo[0]
        while let current = entry {
            let text = current.pointee.data.map { String(cString: $0) } ?? ""
            if let colon = text.firstIndex(of: ":") {
                fields[String(text[..<colon])] = String(text[text.index(after: colon)...])
            }
            entry = current.pointee.next
        }
        return fields
    }

    /// Keeps what callbacks are given alive for as long as libcurl may call them.
    func retain(_ observer: AnyObject) {
        self.observer = observer
    }

    func accept(_ code: CURLcode) throws(MailFailure) {
        guard code == CURLE_OK else { throw MailFailure.curl(code) }
    }
}

/// A list of strings in libcurl's memory.
struct CurlList: ~Copyable {
    fileprivate private(set) var head: UnsafeMutablePointer<curl_slist>?

    init(_ strings: [String]) throws(MailFailure) {
        head = nil
        for string in strings {
            guard let longer = signupd_curl_slist_append(head, string) else {
                throw MailFailure.curl(CURLE_OUT_OF_MEMORY)
            }
            head = longer
        }
    }

    deinit {
        signupd_curl_slist_free_all(head)
    }
}

/// The bodies of a message, for libcurl to encode and to put boundaries around.
struct CurlMIME: ~Copyable {
    fileprivate let raw: OpaquePointer

    init(_ handle: CurlHandle) throws(MailFailure) {
        guard let raw = signupd_curl_mime_init(handle.raw) else { throw MailFailure.curl(CURLE_OUT_OF_MEMORY) }
        self.raw = raw
    }

    deinit {
        signupd_curl_mime_free(raw)
    }

    /// Adds a body; libcurl copies it. Quoted-printable keeps ASCII readable and every line short.
    borrowing func add(_ bytes: [UInt8], type: String) throws(MailFailure) {
        guard let part = signupd_curl_mime_addpart(raw) else { throw MailFailure.curl(CURLE_OUT_OF_MEMORY) }
        let data = bytes.withUnsafeBytes { buffer in
            signupd_curl_mime_data(part, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        for code in [data, signupd_curl_mime_type(part, type), signupd_curl_mime_encoder(part, "quoted-printable")]
        where code != CURLE_OK {
            throw MailFailure.curl(code)
        }
    }
}

extension MailFailure {
    /// libcurl refused a setting or is out of memory. Says which, never what was set.
    fileprivate static func curl(_ code: CURLcode) -> MailFailure {
        .local("libcurl: \(String(cString: signupd_curl_easy_strerror(code)))")
    }
}
