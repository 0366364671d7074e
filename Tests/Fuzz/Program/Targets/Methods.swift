// Every method of the program on an embedded store, from the bytes of its params to the bytes of its reply. Whatever the params are, there
// is one reply, it is never INTERNAL, and an error repeats neither the address nor the password.

import ArgumentParser
import Foundation
import Logging
import Wire

@testable import signupd

extension FuzzTarget {
    /// The first byte chooses the method.
    static let methods = FuzzTarget("methods") {
        let table = openMethods()
        let names = table.names
        return { input in
            guard let first = input.first else { return }
            let name = names[Int(first) % names.count]
            let line = Array(input.dropFirst()).filter { $0 != UInt8(ascii: "\n") }
            var conversation = Conversation(
                limits: WireLimits(),
                order: .input,
                mode: .parameters(method: name),
                admit: table.admit
            ) { request in
                wait {
                    await table.run(request, context: RequestContext(deadline: .now + .seconds(15), peer: .thisProcess))
                }
            }
            conversation.receive((line + [UInt8(ascii: "\n")])[...])
            conversation.finish()
            check(conversation.output, line: line)
        }
    }

    private static func openMethods() -> MethodTable {
        let directory = NSTemporaryDirectory() + "signupd-fuzz-\(getpid())"
        // The cheapest hash, and no limit: an input must not be refused for those before it.
        let free = ["CODE_TRIES=100", "GUESSES_PER_DAY=0", "RESEND_AFTER_SECONDS=0", "RESEND_PER_HOUR=0"]
        let settings =
            ["STATE_DIR=\(directory)", "PASSWORD_MEMORY_KIB=8", "PASSWORD_ITERATIONS=1", "RESEND_PER_DAY=0"]
            + ["SIGNUPS_PER_CLIENT=0", "VERIFIES_PER_CLIENT=0"] + free
        return wait {
            do {
                let options = try SettingsOptions.parse(settings.flatMap { ["--set", $0] })
                return try Application(
                    try Settings.load(options),
                    remembersOwedMail: false,
                    operators: Operators(),
                    logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
                ).methods
            } catch {
                fatalError("the program does not start: \(error)")
            }
        }
    }

    private static func check(_ output: [UInt8], line: [UInt8]) {
        guard let reply = try? Reply.parse(output.dropLast()) else { return hold(output.isEmpty, "a reply or nothing") }
        guard case .failure(let error) = reply.outcome else { return }
        hold(error.reason != nil && error.reason != .internal, "an error has a reason, and no input is an internal one")
        guard case .object(let params)? = try? JSONValue.parse(line) else { return }
        for name in ["email", "password"] {
            // Text that stands elsewhere too may come back from there: an unknown name is repeated.
            guard case .string(let secret)? = params[name], secret.utf8.count >= 12,
                !params.members.contains(where: { $0.name.contains(secret) || $0.name.isEmpty })
            else { continue }
            hold(!String(decoding: output, as: UTF8.self).contains(secret), "an error does not repeat the \(name)")
        }
    }
}
