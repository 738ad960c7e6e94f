import Gateway
import Hummingbird
import Ledger
import Metering

/// What anybody may ask, or whoever may read: health, readiness, usage, metrics.
struct GeneralOperations: Sendable {
    let gateway: Gateway

    var all: [Operation] { [health, ready, usage, metrics] }

    private var health: Operation {
        Operation(
            method: .get, path: "/api/health", id: "health", summary: "Whether the process answers.",
            answers: [
                .ok(
                    "It does.", .object([Schema.field("status", .anyText), Schema.field("timestamp", .text(.instant))]))
            ]
        ) { [gateway] _ in Response(json: #"{"status":"ok","timestamp":"\#(gateway.timestamp)"}"#) }
    }

    private var ready: Operation {
        Operation(
            method: .get, path: "/api/ready", id: "ready", summary: "Whether calls can be served.",
            answers: [
                .ok("They can.", .object([Schema.field("status", .anyText)] + Readiness.told)),
                .init(
                    status: 503, note: "They cannot; what is missing.",
                    schema: .object(
                        [
                            Schema.field("status", .anyText),
                            Schema.field(
                                "problems",
                                .array(.object([Schema.field("part", .anyText), Schema.field("problem", .anyText)]))),
                        ] + Readiness.told)),
            ]
        ) { [gateway] _ in Readiness(gateway).response }
    }

    private var usage: Operation {
        Operation(
            method: .get, path: "/api/usage/{tenant}", id: "usage",
            summary: "What a tenant spent today and this month. A key of the tenant's own opens it.",
            inPath: [.init(name: "tenant", schema: .text(.name))], answers: [.ok("Its usage.", .named("Usage"))]
        ) { [gateway] question in
            let head = gateway.ledger.head
            let report = gateway.ledger.read { books, names, policy, now in
                UsageReport(of: question.path["tenant"] ?? "", books, names, policy, at: now, head: head)
            }
            return Response(json: report.json)
        }
    }

    private var metrics: Operation {
        Operation(
            method: .get, path: "/metrics", id: "metrics", summary: "Counters for Prometheus.",
            answers: [.init(status: 200, note: "Prometheus' text.", schema: nil, type: "text/plain")]
        ) { [gateway] _ in Scrape(gateway).response }
    }
}

extension Schema {
    /// What the usage report looks like.
    static let usage = Schema.object([
        field("withinBudget", .boolean), field("dailyPercentage", .number), field("monthlyPercentage", .number),
        field("tenant", .anyText), field("state", .named("State")), field("daily", .named("Window")),
        field("monthly", .named("Window")),
        field(
            "models",
            .array(
                .object([
                    field("model", .anyText), field("requests", .whole(0...Int64.max)),
                    field("inputTokens", .whole(0...Int64.max)), field("outputTokens", .whole(0...Int64.max)),
                    field("costUsd", usd), field("sharePercentage", .number),
                ]))), field("savedUsd", usd), head,
    ])

    static let head = field(
        "head", .text(.head),
        "Where the ledger's hash chain stands: batch and hash. 'bursar verify --kept' proves it later.")

    static let window = Schema.object([
        field("capUsd", .nullable(usd)), field("spentUsd", usd), field("unresolvedUsd", usd), field("reservedUsd", usd),
        field("remainingUsd", .nullable(usd)), field("percentage", .number), field("state", .named("State")),
        field("windowStart", .nullable(.text(.instant))),
        field("resetsAt", .nullable(.text(.instant)), "Null for a budget of all time."),
    ])

    static let state = Schema.text(.oneOf(["active", "warned", "degraded", "stopped"]))
}
