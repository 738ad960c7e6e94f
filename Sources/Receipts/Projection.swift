import Budgeting
import ExactMoney

/// Folds entries into what changes in the receipts' file: receipts that are new or complete, and what they add to the
/// roll-ups. A value: the same entries give the same changes.
struct Projection {
    /// A reservation that is not closed, or is closed without its cost being known.
    struct Open: Hashable {
        var at: Instant
        var tenant: TenantID
        var model: ModelID
        var reserved: Money
        var generation: String?
        var doubt: Entry.Doubt?
        var details: CallDetails?
        /// What of the reservation may still be billed, where a part was given back.
        var unsettled: Money?
    }

    /// A line of the receipts' table.
    struct Line: Hashable {
        var id: ReservationID
        /// Nil while it is unresolved.
        var sequence: Int64?
        var closed: Instant
        var open: Open
        var cost: Money?
        var saved = Money.zero
        var inputTokens: Int64 = 0
        var outputTokens: Int64 = 0
        var evidence: Entry.Evidence?

        var status: Receipt.Status {
            sequence == nil ? .unresolved : open.details.map { Receipt.Status($0.outcome) } ?? .unknown
        }

        /// Whether it is the end of its call. An attempt before the last is no call of its own.
        var isCall: Bool { open.details?.isLast ?? true }
    }

    /// Who changed something, and when.
    struct Audited: Hashable {
        var at: Instant
        var audit: Entry.Audit
    }

    struct Bucket: Hashable {
        var tag: String
        /// Milliseconds.
        var start: Int64
        /// Nil for all of them together.
        var tenant: TenantID?
        var model: ModelID
        var provider: UInt32
    }

    struct Sum: Hashable {
        var calls: Int64 = 0
        var input: Int64 = 0
        var output: Int64 = 0
        var cost: Int64 = 0
        var saved: Int64 = 0

        static func += (lhs: inout Sum, rhs: Sum) {
            lhs.calls += rhs.calls
            lhs.input += rhs.input
            lhs.output += rhs.output
            lhs.cost += rhs.cost
            lhs.saved += rhs.saved
        }
    }

    /// All that is open now.
    private(set) var open: [ReservationID: Open]
    private(set) var lastSequence: Int64
    /// Since the last ``take()``, by id: a receipt that became unresolved and then closed stands once.
    private var lines: [ReservationID: Line] = [:]
    private var hours: [Bucket: Sum] = [:]
    private var touched: Set<ReservationID> = []
    private var audits: [Audited] = []
    private var news: [Entry] = []

    init(open: [ReservationID: Open] = [:], lastSequence: Int64 = 0) {
        self.open = open
        self.lastSequence = lastSequence
    }

    mutating func apply(_ entry: Entry) {
        if entry.isNews { news.append(entry) }
        switch entry.event {
        case .reserved(let made):
            open[made.id] = Open(at: entry.at, tenant: made.tenant, model: made.model, reserved: made.amount)
            touched.insert(made.id)
        case .dispatched(let id, let generation):
            open[id]?.generation = generation
            touched.insert(id)
        case .called(let id, let details):
            open[id]?.details = details
            touched.insert(id)
        case .unresolved(let id, let doubt): leave(id, doubt, at: entry.at)
        case .settled(let id, let settlement): close(id, settlement, at: entry.at)
        case .released(let id): release(id, at: entry.at)
        case .returned(let id, let what): giveBack(id, what, at: entry.at)
        case .audited(let audit): audits.append(Audited(at: entry.at, audit: audit))
        // Money that is no call's, and what is agreed: it stands in the books and has no receipt.
        case .overrun, .credited, .corrected, .outsideSpent, .overbooked, .capChanged, .keyIssued, .keyRevoked,
            .keyChanged, .budgetSet, .priced:
            break
        }
    }

    private mutating func leave(_ id: ReservationID, _ doubt: Entry.Doubt, at instant: Instant) {
        guard var call = open[id] else { return }
        call.doubt = doubt
        open[id] = call
        touched.insert(id)
        lines[id] = Line(id: id, sequence: nil, closed: instant, open: call)
    }

    private mutating func close(_ id: ReservationID, _ settlement: Entry.Settlement, at instant: Instant) {
        // From before what the log remembers: its money is not lost, only who it was.
        let call = take(id) ?? Open(at: instant, tenant: TenantID(0), model: ModelID(0), reserved: .zero)
        lastSequence += 1
        let line = Line(
            id: id, sequence: lastSequence, closed: instant, open: call, cost: settlement.cost, saved: settlement.saved,
            inputTokens: settlement.inputTokens, outputTokens: settlement.outputTokens, evidence: settlement.evidence)
        lines[id] = line
        count(line)
    }

    /// Nothing was billed. It is a receipt where the call ended so; where another model was tried, that one's tells of it.
    private mutating func release(_ id: ReservationID, at instant: Instant) {
        guard let call = take(id), let details = call.details, details.isLast else { return }
        lastSequence += 1
        let line = Line(id: id, sequence: lastSequence, closed: instant, open: call, cost: .zero)
        lines[id] = line
        count(line)
    }

    /// It was not billed after all, or not all of it. With nothing left to be billed the receipt closes at no cost.
    private mutating func giveBack(_ id: ReservationID, _ what: Entry.Return, at instant: Instant) {
        guard var call = open[id] else { return }
        let before = call.unsettled ?? call.reserved
        let left = Money(nanodollars: max(0, before.nanodollars - what.amount.nanodollars))
        call.unsettled = left
        open[id] = call
        touched.insert(id)
        guard left == .zero else { return }
        open[id] = nil
        lastSequence += 1
        let line = Line(id: id, sequence: lastSequence, closed: instant, open: call, cost: .zero)
        lines[id] = line
        count(line)
    }

    private mutating func take(_ id: ReservationID) -> Open? {
        touched.insert(id)
        return open.removeValue(forKey: id)
    }

    private mutating func count(_ line: Line) {
        let sum = Sum(
            calls: line.isCall ? 1 : 0, input: line.inputTokens, output: line.outputTokens,
            cost: line.cost?.nanodollars ?? 0, saved: line.saved.nanodollars)
        let hour = line.open.at.milliseconds.startOf(Self.hour)
        for tag in [""] + Set(line.open.details?.tags ?? []) {
            for tenant in [line.open.tenant, nil] {
                let bucket = Bucket(
                    tag: tag, start: hour, tenant: tenant, model: line.open.model,
                    provider: line.open.details?.provider?.number ?? 0)
                hours[bucket, default: Sum()] += sum
            }
        }
    }

    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000
}

extension Projection {
    /// What to write, in one transaction.
    struct Changes {
        var lines: [Line]
        var hours: [Bucket: Sum]
        var days: [Bucket: Sum]
        /// What is open still, or no longer (nil).
        var open: [(ReservationID, Open?)]
        var audits: [Audited]
        var news: [Entry]
        var lastSequence: Int64
    }

    /// Hands over what has changed since the last time.
    mutating func take() -> Changes {
        var days: [Bucket: Sum] = [:]
        for (bucket, sum) in hours {
            var day = bucket
            day.start = bucket.start.startOf(Self.day)
            days[day, default: Sum()] += sum
        }
        let changes = Changes(
            lines: lines.values.sorted { $0.id < $1.id }, hours: hours, days: days,
            open: touched.sorted().map { ($0, open[$0]) }, audits: audits, news: news, lastSequence: lastSequence)
        lines = [:]
        hours = [:]
        touched = []
        audits = []
        news = []
        return changes
    }
}

extension Int64 {
    /// The start of the stretch of this length that holds it.
    func startOf(_ length: Int64) -> Int64 {
        let rest = self % length
        return self - (rest < 0 ? rest + length : rest)
    }
}
