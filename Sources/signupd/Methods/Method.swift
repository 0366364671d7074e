// What a method is: a name, its parameters, and a function. One file beside this for each.

import Signup
import Wire

/// A method that is answered at once, on the connection's own thread: it may not block, wait or change anything.
protocol ImmediateMethod: Sendable {
    var name: String { get }

    func answer(_ request: Request) throws(WireError) -> JSONValue
}

/// A method that asks backends.
protocol Method: Sendable {
    var name: String { get }
    /// Whether it is for operators, and nobody else is answered.
    var operatorsOnly: Bool { get }

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue
}

extension Method {
    var operatorsOnly: Bool { false }
}

/// All methods by name, and the order they must keep.
struct MethodTable: Sendable {
    private struct Entry<Method: Sendable>: Sendable {
        let method: Method
        let counter: MethodCounter
    }

    private let immediate: [String: Entry<any ImmediateMethod>]
    private let backed: [String: Entry<any Method>]
    private let operators: Operators
    private let requestLog: RequestLog?

    init(
        immediate: [any ImmediateMethod],
        backed: [any Method],
        operators: Operators,
        statistics: ServiceStatistics,
        requestLog: RequestLog? = nil
    ) {
        self.requestLog = requestLog
        self.immediate = Dictionary(
            uniqueKeysWithValues: immediate.map {
                ($0.name, Entry(method: $0, counter: statistics.counter(of: $0.name)))
            }
        )
        self.backed = Dictionary(
            uniqueKeysWithValues: backed.map { ($0.name, Entry(method: $0, counter: statistics.counter(of: $0.name))) }
        )
        self.operators = operators
    }

    /// All names, sorted.
    var names: [String] { (Array(immediate.keys) + Array(backed.keys)).sorted() }

    /// Answers what can be answered at once, and says for the rest whom it is about.
    func admit(_ request: Request) -> Session.Admission {
        if let entry = immediate[request.method] {
            let start = ContinuousClock.now
            let outcome = Outcome { () throws(WireError) in try entry.method.answer(request) }
            let latency = ContinuousClock.now - start
            entry.counter.count(outcome, latency: latency)
            if let requestLog, requestLog.includesImmediate {
                requestLog.record(request, outcome, latency: latency, peer: nil)
            }
            return .answer(outcome)
        }
        guard backed[request.method] != nil else {
            let hint = "the methods are \(names.joined(separator: ", "))"
            return .answer(.failure(WireError(.methodNotFound, hint: hint)))
        }
        return .run(subjects: Self.subjects(of: request))
    }

    /// Runs a request that ``admit(_:)`` let through.
    func run(_ request: Request, context: RequestContext) async -> Outcome {
        guard let entry = backed[request.method] else { return .failure(WireError(.methodNotFound)) }
        let outcome: Outcome
        do throws(WireError) {
            try admit(context.peer, to: entry.method)
            outcome = .success(try await entry.method.run(request, context: context))
        } catch {
            outcome = .failure(error)
        }
        count(outcome, into: entry.counter, request, context)
        return outcome
    }

    /// The outbox is for those who run the server.
    private func admit(_ peer: Peer, to method: any Method) throws(WireError) {
        guard method.operatorsOnly, !operators.contain(peer) else { return }
        throw WireError(.peerDenied, hint: "for root, the server's own user, and users named with --operator-uid")
    }

    /// From the line being read, which is when the time of the request began.
    private func count(
        _ outcome: Outcome,
        into counter: MethodCounter,
        _ request: Request,
        _ context: RequestContext
    ) {
        let now = ContinuousClock.now
        let answered = now < context.deadline ? outcome : .failure(WireError(.deadlineExceeded))
        let latency = now - (context.deadline - request.metadata.timeout)
        counter.count(answered, latency: latency)
        requestLog?.record(request, answered, latency: latency, peer: context.peer)
    }

    /// Requests that name the same address or the same signup run one after the other as they came. An address that looks
    /// like an id (no valid one does) would only wait for it in vain.
    private static func subjects(of request: Request) -> [String] {
        guard case .named(let params) = request.params else { return [] }
        var subjects: [String] = []
        if case .string(let email)? = params["email"] { subjects.append(email.lowercased()) }
        if case .string(let id)? = params["signup_id"] { subjects.append(id.lowercased()) }
        return subjects
    }
}
