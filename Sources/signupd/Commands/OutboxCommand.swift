// signupd outbox list|retry|drop: what is owed, what is dead and why, straight from the database. Needs no server; one that
// runs on the same database sends what is retried within seconds.

import ArgumentParser
import Signup
import Wire

struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Shows, retries or drops the mail that is owed.",
        subcommands: [List.self, Retry.self, Drop.self],
        defaultSubcommand: List.self
    )

    /// How long the database may take.
    fileprivate static let patience: Duration = .seconds(15)
    /// Rows asked for at once; the port takes no more.
    fileprivate static let batch = 1000
}

extension OutboxCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists mail that waits and mail that was given up, oldest first."
        )

        @OptionGroup var settings: SettingsOptions

        @Option(
            help: "Only mail in this state: queued, sent or dead. Without it queued and dead.",
            transform: outboxState
        )
        var state: OutboxState?

        @Option(help: "At most so many rows, 1 to 1000.")
        var limit = 100

        @Flag(help: "Print one JSON object, as outbox.list answers it.")
        var json = false

        func validate() throws {
            guard (1...OutboxCommand.batch).contains(limit) else {
                throw ValidationError("--limit must be from 1 to \(OutboxCommand.batch)")
            }
        }

        func run() async throws {
            try await withOutbox(settings) { outbox, _ throws(BackendFailure) in
                let probe = min(limit + 1, OutboxCommand.batch)
                let found = try await outbox.list(state: state, limit: probe, deadline: .now + OutboxCommand.patience)
                let shown = Array(found.prefix(limit))
                let isCut = found.count > limit || limit == OutboxCommand.batch && found.count == limit
                if json {
                    let result: JSONValue = ["entries": .array(shown.map(\.report)), "more": .bool(isCut)]
                    print(String(decoding: result.encoded(), as: UTF8.self))
                } else {
                    print(OutboxTable(shown).text + (isCut ? "\n… and more: raise --limit" : ""))
                }
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry",
            abstract: "Queues dead mail again, with no attempts counted; waiting mail becomes due now.",
            discussion:
                "Exit status 1 if some of it could not be: it is unknown, sent or being sent, or its signup was verified."
        )

        @OptionGroup var settings: SettingsOptions

        @Flag(help: "Every dead mail there is.")
        var allDead = false

        @Flag(help: "Print one JSON object, as outbox.retry answers it.")
        var json = false

        @Argument(help: "The ids that outbox list shows.")
        var ids: [Int64] = []

        func validate() throws {
            guard allDead != !ids.isEmpty else { throw ValidationError("name the ids, or say --all-dead") }
        }

        func run() async throws {
            let (retried, left) = try await withOutbox(settings) { outbox, _ throws(BackendFailure) in
                try await (allDead ? Self.retryAllDead(outbox) : Self.retry(ids, outbox))
            }
            try report("retried", retried, left: left, asJSON: json)
        }

        private static func retry(
            _ ids: [Int64],
            _ outbox: any Outbox
        ) async throws(BackendFailure) -> (changed: [Int64], left: [Int64]) {
            try await inBatches(ids) { batch throws(BackendFailure) in
                let deadline = Deadline.now + OutboxCommand.patience
                return try await outbox.retry(ids: batch, now: WallClock.system.now(), deadline: deadline)
            }
        }

        /// Batch after batch, the oldest first; what dies again meanwhile is not tried twice by one command.
        private static func retryAllDead(
            _ outbox: any Outbox
        ) async throws(BackendFailure) -> (changed: [Int64], left: [Int64]) {
            var (retried, left): ([Int64], [Int64]) = ([], [])
            var position: OutboxEntry.Position?
            while true {
                let dead = try await outbox.list(
                    state: .dead,
                    behind: position,
                    limit: OutboxCommand.batch,
                    deadline: .now + OutboxCommand.patience
                )
                guard let last = dead.last else { return (retried, left) }
                position = last.position
                let batch = try await retry(dead.map(\.id), outbox)
                retried += batch.changed
                left += batch.left
            }
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drop",
            abstract: "Deletes mail that waits or was given up; it is never sent.",
            discussion: "Exit status 1 if some of it could not be: it is unknown or sent."
        )

        @OptionGroup var settings: SettingsOptions

        @Flag(help: "Print one JSON object, as outbox.drop answers it.")
        var json = false

        @Argument(help: "The ids that outbox list shows.")
        var ids: [Int64]

        func run() async throws {
            let (dropped, left) = try await withOutbox(settings) { outbox, courier throws(BackendFailure) in
                try await inBatches(ids) { batch throws(BackendFailure) in
                    try await outbox.drop(
                        ids: batch,
                        earlierCodesLive: courier.installedCodeLifetime,
                        now: WallClock.system.now(),
                        deadline: .now + OutboxCommand.patience
                    )
                }
            }
            try report("dropped", dropped, left: left, asJSON: json)
        }
    }
}

private func outboxState(_ text: String) throws -> OutboxState {
    guard let state = OutboxState(rawValue: text) else {
        throw ValidationError("the states are \(OutboxState.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return state
}

/// Opens the database of the settings, and only that; a failure of it is exit 69.
private func withOutbox<Value>(
    _ options: SettingsOptions,
    _ body: (any Outbox, CourierPolicy) async throws(BackendFailure) -> Value
) async throws -> Value {
    let settings = try loadSettings(options)
    let logger = startLogging(settings)
    do {
        let stores = try Stores(settings, logger: logger)
        defer { stores.shutDown() }
        try await stores.checkSchema()
        return try await body(stores.outbox, settings.courier)
    } catch let mistakes as ConfigurationMistakes {
        throw refusal(mistakes.description, .configuration)
    } catch let failure as BackendFailure {
        throw refusal("signupd: \(failure)\n", failure.isRetryable ? .unavailable : .configuration)
    }
}

/// Changes rows a batch at a time. Returns the ids that were changed, and the others.
private func inBatches(
    _ ids: [Int64],
    _ change: ([Int64]) async throws(BackendFailure) -> [Int64]
) async throws(BackendFailure) -> (changed: [Int64], left: [Int64]) {
    let wanted = Set(ids).sorted()
    var changed: [Int64] = []
    for start in stride(from: 0, to: wanted.count, by: OutboxCommand.batch) {
        changed += try await change(Array(wanted[start..<min(start + OutboxCommand.batch, wanted.count)]))
    }
    return (changed, Set(wanted).subtracting(changed).sorted())
}

/// Says what was done, and on standard error what was not.
private func report(_ verb: String, _ changed: [Int64], left: [Int64], asJSON: Bool) throws {
    if asJSON {
        let result = JSONValue.object([verb: .array(changed.map { .integer($0) })])
        print(String(decoding: result.encoded(), as: UTF8.self))
    } else {
        print("\(verb) \(changed.count) mail\(changed.count == 1 ? "" : "s")")
    }
    guard !left.isEmpty else { return }
    let names = left.prefix(20).map(String.init).joined(separator: ", ") + (left.count > 20 ? ", …" : "")
    throw refusal("signupd: not \(verb): \(names)\n", .errorReplies)
}
