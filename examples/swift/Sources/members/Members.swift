// Joins somebody, asking on standard input, or tells how people stand.
//
//     members SOCKET join
//     members SOCKET status EMAIL…

import Foundation

private struct Receipt: Decodable { let message, signupId: String }
private struct Member: Decodable {
    let message: String
    let memberId: Int
}
private struct Standing: Decodable { let state: String }

@main
struct Members {
    let client: SignupdClient

    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count >= 3 else {
            print("usage: members SOCKET join | members SOCKET status EMAIL…")
            exit(64)
        }
        let seconds = ProcessInfo.processInfo.environment["MEMBERS_TIMEOUT_SECONDS"].flatMap(Double.init) ?? 10
        let members = Members(client: SignupdClient(path: words[1], timeoutMilliseconds: Int(seconds * 1000)))
        do {
            try await words[2] == "join" ? members.join() : members.showStatus(Array(words[3...]))
        } catch let error as SignupdError {
            show(error)
            exit(1)
        }
    }

    private func join() async throws {
        let email = ask("E-mail")
        let person = ["email": email, "nickname": ask("Nickname"), "password": ask("Password")]
        let receipt: Receipt = try await client.call("signup", person)
        show(201, "\(receipt.message) (signup \(receipt.signupId))")
        while case let code = ask("Code"), !code.isEmpty {
            do {
                let params = ["email": email, "signup_id": receipt.signupId, "code": code]
                let member: Member = try await client.call("verify", params)
                return show(200, "\(member.message) (member \(member.memberId))")
            } catch let error as SignupdError {
                Self.show(error)
            }
        }
        exit(1)
    }

    private func showStatus(_ addresses: [String]) async throws {
        let states = try await withThrowingTaskGroup(of: (String, String).self) { group in
            for address in addresses {
                group.addTask {
                    let standing: Standing = try await client.call("status", ["email": address])
                    return (address, standing.state)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for address in addresses { print(address, states[address] ?? "") }
    }

    private func ask(_ question: String) -> String {
        FileHandle.standardError.write(Data("\(question): ".utf8))
        return readLine() ?? ""
    }

    private func show(_ status: Int, _ text: String) {
        print(status, text)
        fflush(nil)
    }

    private static func show(_ error: SignupdError) {
        let field = error.data.field.map { " (\($0))" } ?? ""
        print(error.data.status, error.data.reason, "\(error.message)\(field)")
        fflush(nil)
    }
}
