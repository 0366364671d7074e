// The same in Prometheus's text exposition format (version 0.0.4), for the node exporter's textfile collector.

struct Exposition {
    /// What there is to say of a server that does not answer.
    static let down = family("signupd_up", "gauge", "Whether the server answered.", [("", "0")])

    private enum Label {
        /// `{a="b",c="d"}`
        static func text(_ labels: (name: String, value: String)...) -> String {
            "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
        }

        private static func escaped(_ value: String) -> String {
            value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        }
    }

    private let report: ServiceReport

    init(_ report: ServiceReport) {
        self.report = report
    }

    var text: String {
        ([state, counts, requests, durations, backends, outbox]).joined()
    }

    private var state: String {
        Self.family("signupd_up", "gauge", "Whether the server answered.", [("", "1")])
            + Self.family(
                "signupd_build_info",
                "gauge",
                "Always 1; the version is a label.",
                [(Label.text(("version", report.version)), "1")]
            )
            + Self.family(
                "signupd_uptime_seconds",
                "gauge",
                "How long the server has run.",
                [("", "\(report.uptimeSeconds)")]
            )
    }

    private var counts: String {
        report.connections.map { name, count in
            name == "open"
                ? Self.family("signupd_connections_open", "gauge", "Connections that are open.", [("", "\(count)")])
                : Self.family(
                    "signupd_connections_\(name)_total",
                    "counter",
                    "Connections that were \(name).",
                    [("", "\(count)")]
                )
        }.joined()
            + report.messages.map { name, count in
                Self.family(
                    "signupd_messages_\(name)_total",
                    "counter",
                    "Messages by what was wrong with them.",
                    [("", "\(count)")]
                )
            }.joined()
    }

    private var requests: String {
        let samples = report.methods.flatMap { method in
            ([("ok", method.results)] + method.errors).map { reason, count in
                (Label.text(("method", method.name), ("reason", reason)), "\(count)")
            }
        }
        return Self.family("signupd_requests_total", "counter", "Requests by method and outcome.", samples)
    }

    private var durations: String {
        guard !report.methods.isEmpty else { return "" }
        let name = "signupd_request_duration_seconds"
        var text = Self.heading(name, "summary", "From the line being read to the reply being ready.")
        for method in report.methods {
            for (quantile, key) in [("0.5", "p50"), ("0.9", "p90"), ("0.99", "p99")] {
                let labels = Label.text(("method", method.name), ("quantile", quantile))
                text += "\(name)\(labels) \(Self.seconds(method.latency[key]))\n"
            }
            let labels = Label.text(("method", method.name))
            text += "\(name)_sum\(labels) \(Self.seconds(method.latency["sum"]))\n"
            text += "\(name)_count\(labels) \(method.requests)\n"
        }
        return text
    }

    private var backends: String {
        Self.family(
            "signupd_backend_up",
            "gauge",
            "Whether a backend answers.",
            report.backends.map { (Label.text(("backend", $0.name)), $0.isUp ? "1" : "0") }
        )
            + Self.family(
                "signupd_backend_latency_seconds",
                "gauge",
                "How long a backend took to answer just now.",
                report.backends.compactMap { backend in
                    backend.latency.map { (Label.text(("backend", backend.name)), Self.seconds($0)) }
                }
            )
    }

    private var outbox: String {
        guard let outbox = report.outbox else { return "" }
        let mails = [("queued", outbox.queued), ("dead", outbox.dead)].map { state, count in
            (Label.text(("state", state)), "\(count)")
        }
        return Self.family("signupd_outbox_mails", "gauge", "Mail that is owed, by state.", mails)
            + Self.family(
                "signupd_outbox_oldest_seconds",
                "gauge",
                "Age of the oldest mail that waits.",
                [("", "\(outbox.oldestSeconds)")]
            )
    }

    private static func family(
        _ name: String,
        _ type: String,
        _ help: String,
        _ samples: [(labels: String, value: String)]
    ) -> String {
        guard !samples.isEmpty else { return "" }
        return heading(name, type, help) + samples.map { "\(name)\($0.labels) \($0.value)\n" }.joined()
    }

    private static func heading(_ name: String, _ type: String, _ help: String) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private static func seconds(_ milliseconds: Double?) -> String {
        // By way of whole microseconds, which is what was measured: no 0.00010899999999999999.
        "\(((milliseconds ?? 0) * 1000).rounded() / 1_000_000)"
    }
}
