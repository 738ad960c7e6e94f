public import Budgeting

/// That a sink has failed for long, or takes receipts again. Told once each.
public struct ExportNews: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case failing
        case working
    }

    public let sink: String
    public let kind: Kind
    /// When it began to fail.
    public let since: Instant
    public let problem: String

    var messageID: String { "msg_export-\(sink)-\(since.milliseconds)-\(kind.rawValue)" }
}

/// Follows one sink: working, failing, and failing long enough to be told.
///
/// ```
///            failed            failed for 5 min
/// working ──────────► failing ──────────────────► told
///    ▲                  │ succeeded                 │ succeeded: told again
///    └──────────────────┴───────────────────────────┘
/// ```
struct ExportTrouble: Hashable, Sendable {
    private enum State: Hashable {
        case working
        case failing(since: Instant)
        case told(since: Instant)
    }

    let sink: String
    private var state = State.working

    static let patienceMilliseconds: Int64 = 300_000

    init(sink: String) {
        self.sink = sink
    }

    mutating func failed(at now: Instant, _ problem: String) -> ExportNews? {
        switch state {
        case .working: state = .failing(since: now)
        case .failing(let since) where now.milliseconds - since.milliseconds >= Self.patienceMilliseconds:
            state = .told(since: since)
            return ExportNews(sink: sink, kind: .failing, since: since, problem: problem)
        case .failing, .told: break
        }
        return nil
    }

    mutating func succeeded() -> ExportNews? {
        defer { state = .working }
        guard case .told(let since) = state else { return nil }
        return ExportNews(sink: sink, kind: .working, since: since, problem: "")
    }
}

extension WebhookMessage {
    init(_ news: ExportNews) {
        let text =
            switch news.kind {
            case .failing: "Receipts have not reached \(news.sink) since \(news.since.rfc3339): \(news.problem)."
            case .working: "Receipts reach \(news.sink) again; what waited since \(news.since.rfc3339) is being sent."
            }
        self.init(
            kind: "export.\(news.kind.rawValue)", text: text,
            facts: [("sink", news.sink), ("since", news.since.rfc3339)])
    }
}
