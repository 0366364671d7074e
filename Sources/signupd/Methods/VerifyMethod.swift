// verify {code; email, signup_id or both; nickname?, client_ip?}: the signup the code was mailed for becomes a member.

import Signup
import Wire

struct VerifyMethod: Method {
    let name = "verify"
    let service: SignupService

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        let params = try ParameterReader(request, names: ["code", "email", "signup_id", "nickname", "client_ip"])
        let verify = VerifyRequest(
            subject: try params.subject(),
            code: try params.text("code"),
            nickname: try params.optionalText("nickname"),
            clientAddress: try params.clientAddress()
        )
        do throws(ServiceFailure) {
            return try await service.verify(verify, deadline: context.deadline).result
        } catch {
            throw WireError(service: error)
        }
    }
}
