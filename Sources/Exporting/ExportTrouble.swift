public import Budgeting
internal import Receipts

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

    /// The mark's level is when the trouble began, so that each is told once, and its end is told though the gateway was started
    /// anew in between.
    var telling: Telling {
        Telling(
            Notice(self), subject: "export \(sink) \(since.milliseconds) \(kind.rawValue)",
            mark: .init(
                of: ExportNews.subject(sink), level: since.milliseconds * 2 + (kind == .working ? 1 : 0), until: .never)
        )
    }

    static func subject(_ sink: String) -> String { "export \(sink)" }

    /// Since when a sink has been told to be failing, from its mark; nil for one that was told to work.
    static func failing(_ level: Int64?) -> Instant? {
        level.flatMap { $0 % 2 == 0 ? Instant(milliseconds: $0 / 2) : nil }
    }
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

    /// - Parameter toldSince: since when it was told to be failing, before a restart.
    init(sink: String, toldSince: Instant? = nil) {
        self.sink = sink
        if let toldSince { state = .told(since: toldSince) }
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

extension Notice {
    init(_ news: ExportNews) {
        let text =
            switch news.kind {
            case .failing: "Receipts have not reached \(news.sink) since \(news.since.rfc3339): \(news.problem)."
            case .working: "Receipts reach \(news.sink) again; what waited since \(news.since.rfc3339) is being sent."
            }
        self.init(
            kind: "export.\(news.kind.rawValue)", text: text,
            facts: [Fact("sink", news.sink), Fact("since", news.since.rfc3339)])
    }
}
