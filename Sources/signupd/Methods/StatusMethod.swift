// status {email or signup_id}: none, pending or active, and how the mail fares.

import Signup
import Wire

struct StatusMethod: Method {
    let name = "status"
    let service: SignupService

    func run(_ request: Request, deadline: Deadline) async throws(WireError) -> JSONValue {
        let subject = try ParameterReader(request, names: ["email", "signup_id"]).subject()
        do throws(ServiceFailure) {
            return try await service.status(of: subject, deadline: deadline).result
        } catch {
            throw WireError(service: error)
        }
    }
}
