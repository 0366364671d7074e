// signup {email, password, nickname, locale?, client_ip?}: stored, the mail owed, and answered without waiting for it.

import Signup
import Wire

struct SignupMethod: Method {
    let name = "signup"
    let service: SignupService

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        let params = try ParameterReader(request, names: ["email", "password", "nickname", "locale", "client_ip"])
        let signup = SignupRequest(
            email: try params.text("email"),
            password: try params.secret("password"),
            nickname: try params.text("nickname"),
            locale: try params.locale(),
            clientAddress: try params.clientAddress(),
            idempotencyKey: request.metadata.idempotencyKey
        )
        do throws(ServiceFailure) {
            var members = try await service.signUp(signup, deadline: context.deadline).members
            members["is_active"] = false
            return .object(members)
        } catch {
            throw WireError(service: error)
        }
    }
}
