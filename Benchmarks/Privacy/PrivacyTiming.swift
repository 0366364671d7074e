// Whether time tells what privacy mode hides: signup with a member's address against a new one, and resend for an address that
// somebody signed up with against one that nobody did. `make bench-privacy` runs it.

import ArgumentParser
import Foundation

@main
struct PrivacyTiming: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Times signups and resends that must look alike, one pair after the other."
    )

    @Option(help: "Calls of each kind.")
    var calls = 2000

    @Option(help: "Argon2id's memory in KiB.")
    var memory = 19_456

    @Option(help: "Argon2id's iterations.")
    var iterations = 2

    @Option(help: "embedded, or servers: MariaDB, Redis and an SMTP server.")
    var house = HouseKind.servers

    @Flag(help: "Leave the resends out.")
    var signupOnly = false

    func run() async throws {
        let house = try await TimedHouse(house, memory: memory, iterations: iterations)
        print(
            "\(self.house.rawValue), Argon2id \(memory) KiB × \(iterations), \(calls) calls of each kind, interleaved"
        )
        print("")
        print("| | first, p50 | second, p50 | apart | allowed | |")
        print("|---|---|---|---|---|---|")
        let members = try await house.makeMembers(40)
        let signups = try house.interleave(calls) { number in
            .init(
                first: ("signup", house.signup("new\(number)@example.org", nickname: "New \(number)")),
                second: ("signup", house.signup(members[number % members.count], nickname: "Old \(number)"))
            )
        }
        print(signups.row("signup: new address, member's address"))
        if !signupOnly {
            let resends = try house.interleave(calls) { number in
                .init(
                    first: ("resend", ["email": "new\(number)@example.org"]),
                    second: ("resend", ["email": "nobody\(number)@example.org"])
                )
            }
            print(resends.row("resend: somebody's address, nobody's"))
        }
        house.stop()
    }
}

enum HouseKind: String, ExpressibleByArgument {
    case embedded
    case servers
}
