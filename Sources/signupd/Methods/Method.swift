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
    private let immediate: [String: any ImmediateMethod]
    private let backed: [String: any Method]
    private let operators: OutboxOperators

    init(immediate: [any ImmediateMethod], backed: [any Method], operators: OutboxOperators) {
        self.immediate = Dictionary(uniqueKeysWithValues: immediate.map { ($0.name, $0) })
        self.backed = Dictionary(uniqueKeysWithValues: backed.map { ($0.name, $0) })
        self.operators = operators
    }

    /// All names, sorted.
    var names: [String] { (Array(immediate.keys) + Array(backed.keys)).sorted() }

    /// Answers what can be answered at once, and says for the rest whom it is about.
    func admit(_ request: Request) -> Session.Admission {
        if let method = immediate[request.method] {
            do throws(WireError) {
                return .answer(.success(try method.answer(request)))
            } catch {
                return .answer(.failure(error))
            }
        }
        guard backed[request.method] != nil else {
            let hint = "the methods are \(names.joined(separator: ", "))"
            return .answer(.failure(WireError(.methodNotFound, hint: hint)))
        }
        return .run(subjects: Self.subjects(of: request))
    }

    /// Runs a request that ``admit(_:)`` let through.
    func run(_ request: Request, context: RequestContext) async -> Outcome {
        guard let method = backed[request.method] else { return .failure(WireError(.methodNotFound)) }
        if method.operatorsOnly, !operators.contain(context.peer) {
            let hint = "for root, the server's own user, and users named with --operator-uid"
            return .failure(WireError(.peerDenied, hint: hint))
        }
        do throws(WireError) {
            return .success(try await method.run(request, context: context))
        } catch {
            return .failure(error)
        }
    }

    /// Requests that name the same address or the same signup run one after the other as they came.
    private static func subjects(of request: Request) -> [String] {
        guard case .named(let params) = request.params else { return [] }
        var subjects: [String] = []
        if case .string(let email)? = params["email"] { subjects.append("e:" + email.lowercased()) }
        if case .string(let id)? = params["signup_id"] { subjects.append("s:" + id.lowercased()) }
        return subjects
    }
}
