// resend {email or signup_id, client_ip?}: one more mail with a new code.

import Signup
import Wire

struct ResendMethod: Method {
    let name = "resend"
    let service: SignupService

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        let params = try ParameterReader(request, names: ["email", "signup_id", "client_ip"])
        let resend = ResendRequest(
            subject: try params.subject(),
            clientAddress: try params.clientAddress(),
            idempotencyKey: request.metadata.idempotencyKey
        )
        do throws(ServiceFailure) {
            var members = try await service.resend(resend, deadline: context.deadline).members
            // Asked by e-mail, the id would hand anyone the signup of whoever owns the address.
            members["signup_id"] = nil
            return .object(members)
        } catch {
            throw WireError(service: error)
        }
    }
}
