// status {email or signup_id}: none, pending or active, and how the mail fares.

import Signup
import Wire

struct StatusMethod: Method {
    let name = "status"
    let service: SignupService

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        let subject = try ParameterReader(request, names: ["email", "signup_id"]).subject()
        do throws(ServiceFailure) {
            return try await service.status(of: subject, deadline: context.deadline).result
        } catch {
            throw WireError(service: error)
        }
    }
}
