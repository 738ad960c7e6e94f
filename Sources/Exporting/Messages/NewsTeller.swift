internal import Budgeting
internal import ExactMoney
internal import Ledger
internal import Receipts

/// Decides what of the log's news is told. Pure.
///
/// Each is named by what it says, so that it is told once though it was looked at twice. A model's new prices have a notice of their own
/// where somebody used it; all others that changed with them have one together.
struct NewsTeller: Hashable, Sendable {
    /// Older news is none: a file of receipts that was lost is made anew from a long log.
    static let freshMilliseconds: Int64 = 86_400_000

    /// - Parameter used: what each tenant's calls of a model came to in the last days.
    static func tellings(
        _ news: [News], at now: Instant, used: (String) throws -> [ReportLine]
    ) rethrows -> [Telling] {
        var tellings: [Telling] = []
        var unused: [(at: Instant, effect: PriceEffect)] = []
        for one in news where now.milliseconds - one.at.milliseconds < freshMilliseconds {
            switch one.what {
            // A model that the settings alone had priced is gone from them: nobody's calls cost more.
            case .priced(_, let change) where change.new.isEmpty: break
            case .priced(let model, let change):
                let effect = PriceEffect(model, change, used: try used(model))
                if effect.lines.isEmpty {
                    unused.append((one.at, effect))
                } else {
                    tellings += Self.tellings(effect, at: one.at)
                }
            default: tellings += Self.telling(one).map { [$0] } ?? []
            }
        }
        if let first = unused.first {
            let notice = unused.count == 1 ? Notice(first.effect) : Notice(unused: unused.map(\.effect))
            let subject = "price \(first.effect.model) \(first.at.milliseconds)"
            tellings.append(
                Telling(notice, subject: unused.count == 1 ? subject : "\(subject) and \(unused.count - 1)"))
        }
        return tellings
    }

    private static func telling(_ news: News) -> Telling? {
        let event: GatewayEvent
        var tenant: String?
        var subject: String
        switch news.what {
        case .overran(let receipt, let amount):
            event = .overran(
                request: receipt.requestID, tenant: receipt.tenant, model: receipt.served, ceiling: receipt.reserved,
                by: amount)
            (tenant, subject) = (receipt.tenant, receipt.requestID)
        case .assumed(let receipt):
            event = .assumed(
                request: receipt.requestID, tenant: receipt.tenant, model: receipt.served, amount: receipt.cost ?? .zero
            )
            (tenant, subject) = (receipt.tenant, receipt.requestID)
        case .spentOutside(let amount):
            event = .spentOutside(amount)
            subject = "\(news.at.milliseconds)"
        case .priced: return nil
        }
        return Notice(event).map { Telling($0, subject: "\($0.kind) \(subject)", to: .init(tenant)) }
    }

    /// The operators hear of everyone, a tenant of itself alone, where it means something to it.
    private static func tellings(_ effect: PriceEffect, at: Instant) -> [Telling] {
        let subject = "price \(effect.model) \(at.milliseconds)"
        return [Telling(Notice(effect), subject: subject)]
            + effect.lines.filter { $0.more != .zero }.map { line in
                Telling(
                    Notice(effect, for: line), subject: "\(subject) \(line.tenant)", to: .tenantAlone(line.tenant))
            }
    }
}
