import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import Ledger
import Pricing
import Receipts
import Synchronization

/// What each model costs, how fast it answers, and how often it fails.
extension Dashboard {
    func modelsPage() throws -> Page {
        Page(
            place: .models, title: "Models",
            head:
                "<h1>Models</h1><p class=\"lead\">What they cost this month, and how they did in the last thousand calls.</p>",
            parts: try modelParts(), live: "/models")
    }

    func modelParts() throws -> [Part] {
        let (now, zone) = gateway.ledger.read { _, _, policy, now in (now, policy.zone) }
        let start = Period.month.start(containing: now, in: zone)
        let lines = try receipts.report(ReportQuestion(by: [.model], from: start))
        let recent = try recentCalls.of(receipts)
        return [
            Part(id: "by-hour", html: "<div class=\"section card\">\(try hours(now, zone).html)</div>"),
            Part(id: "list", html: list(lines, recent)),
        ]
    }

    private func hours(_ now: Instant, _ zone: ZoneRules) throws -> Chart {
        let start = Period.day.start(containing: now, in: zone)
        let end = Period.day.end(containing: now, in: zone)
        let lines = try receipts.report(ReportQuestion(by: [.hour], from: start.startOfHour, until: end))
        let costs = Dictionary(lines.map { ($0.keys[0], $0.cost) }, uniquingKeysWith: { first, _ in first })
        let count = Int((end.milliseconds - start.milliseconds) / 3_600_000)
        let bars = (0..<count).map { hour in
            let at = start.adding(milliseconds: Int64(hour) * 3_600_000)
            let label = at.wallClock(in: zone)
            return Bars.Bar(
                label: label, mark: hour % 6 == 0 ? label : "",
                amount: MoneySum(costs[at.startOfHour.rfc3339] ?? .zero),
                isNow: at.startOfHour == now.startOfHour)
        }
        let total = bars.reduce(MoneySum.zero) { $0 + $1.amount }
        return Bars(bars: bars).chart(
            id: "hours", heading: "Spent today, by hour", says: "\(Figures.money(total)) so far.", column: "Hour")
    }

    private func list(_ lines: [ReportLine], _ recent: [String: RecentCalls.Model]) -> HTML {
        guard !lines.isEmpty else {
            return
                "<section class=\"card\" aria-label=\"Models\"><p class=\"empty\">No call was settled this month.</p></section>"
        }
        let total = lines.reduce(Int128(0)) { $0 + Int128($1.cost.nanodollars) }
        let decimals = Figures.decimals(for: lines.map { MoneySum($0.cost) }.max() ?? .zero)
        let breakers = Dictionary(
            gateway.breakers.all.map { ($0.model.text, $0) }, uniquingKeysWith: { first, _ in first })
        let rows = lines.html { line in
            let name = line.keys[0]
            let calls = recent[name]
            let breaker = breakers[name]
            return """
                <tr><th scope="row"><a class="break" href="/receipts?model=\(name.queryEncoded)">\(name)</a></th>\
                <td class="n">\(Figures.money(MoneySum(line.cost), decimals: decimals))</td>\
                <td class="n">\(Figures.percent(total > 0 ? Int128(line.cost.nanodollars) * 10_000 / total : 0))</td>\
                <td class="n">\(Figures.count(line.calls))</td><td class="n">\(Figures.short(line.inputTokens))</td><td class="n">\
                \(Figures.short(line.outputTokens))</td>\
                <td class="n">\(calls.map { Figures.duration(microseconds: $0.median) } ?? "–")</td>\
                <td class="n">\(calls.map { Figures.duration(microseconds: $0.slow) } ?? "–")</td>\
                <td class="n">\(calls?.failed ?? "–")</td>\
                <td>\(breaker.map { Pieces.pill($0.kind, $0.name) } ?? Pieces.pill("closed", "closed"))</td></tr>
                """
        }
        return """
            <section class="card" aria-labelledby="models"><header><h2 id="models">This month, by cost</h2></header>\
            <div class="scroll" tabindex="0" role="region" aria-label="Models"><table><thead><tr><th scope="col">Model</th><th \
            scope="col" class="n">Cost</th>\
            <th scope="col" class="n">Share</th><th scope="col" class="n">Calls</th><th scope="col" class="n">Tokens in</th><th \
            scope="col" class="n">out</th>\
            <th scope="col" class="n">Half within</th><th scope="col" class="n">95\u{A0}% within</th><th scope="col" class="n">Failed\
            </th><th scope="col">Breaker</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div></section>
            """
    }
}

extension Instant {
    var startOfHour: Instant { Instant(milliseconds: milliseconds - milliseconds % 3_600_000) }
}

/// How models did in the last calls; kept for a few seconds, because many pages ask.
final class RecentCalls: Sendable {
    struct Model: Sendable {
        var calls = 0
        var failures = 0
        /// Half of the answered calls were done within.
        var median: Int64 = 0
        /// 95 of a hundred were.
        var slow: Int64 = 0

        var failed: String { failures > 0 ? "\(Figures.count(failures)) of \(Figures.count(calls))" : "none" }
    }

    private let kept = Mutex<(models: [String: Model], until: ContinuousClock.Instant)?>(nil)
    private static let count = 1_000
    private static let keptFor = Duration.seconds(5)

    func of(_ receipts: ReceiptStore) throws -> [String: Model] {
        try kept.withLock { kept in
            if let kept, ContinuousClock.now < kept.until { return kept.models }
            let models = RecentCalls.summed(try receipts.page(limit: RecentCalls.count).receipts)
            kept = (models, .now + RecentCalls.keptFor)
            return models
        }
    }

    /// An attempt that failed counts for the model that failed.
    static func summed(_ receipts: [Receipt]) -> [String: Model] {
        var models: [String: Model] = [:]
        var times: [String: [Int64]] = [:]
        for receipt in receipts {
            for attempt in receipt.attempts.dropLast() where receipt.isLast {
                models[attempt.model, default: Model()].calls += 1
                models[attempt.model, default: Model()].failures += 1
            }
            models[receipt.served, default: Model()].calls += 1
            switch receipt.status {
            case .broken, .failed, .refused: models[receipt.served, default: Model()].failures += 1
            case .answered: times[receipt.served, default: []].append(receipt.totalMicroseconds)
            case .abandoned, .cut, .unresolved, .unknown: break
            }
        }
        for (model, all) in times {
            let sorted = all.sorted()
            models[model]?.median = sorted[(sorted.count - 1) / 2]
            models[model]?.slow = sorted[(sorted.count - 1) * 95 / 100]
        }
        return models
    }
}
