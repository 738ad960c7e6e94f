import Budgeting
import ExactMoney

/// What is left of a budget over its window, and when it is gone at the present pace.
struct BurnDown {
    let owner: String
    let budget: BudgetView
    let cap: MoneySum
    /// What was left at moments of the past, oldest first; the last is now.
    let points: [(at: Instant, left: MoneySum)]
    let gone: Instant?
    let now: Instant
    let zone: ZoneRules

    /// - Parameters:
    ///   - spent: what was booked in the window up to moments of the past, oldest first.
    ///   - pace: how fast money goes just now.
    /// - Returns: nil without a cap: there is nothing to run out of.
    init?(
        _ budget: BudgetView, of owner: String, spent: [(at: Instant, sum: MoneySum)], pace: Pace, now: Instant,
        zone: ZoneRules
    ) {
        guard let limit = budget.cap.limit, limit > .zero else { return nil }
        let cap = MoneySum(limit)
        self.owner = owner
        self.budget = budget
        self.cap = cap
        self.now = now
        self.zone = zone
        let past = spent.filter { $0.at > budget.start && $0.at < now }.map { (at: $0.at, left: cap - $0.sum) }
        points = [(at: budget.start, left: cap)] + past + [(at: now, left: cap - budget.balance.booked)]
        gone = budget.state == .stopped ? nil : budget.usedUp(at: now, pace: pace)
        ahead = gone ?? budget.end
        leftAhead =
            gone == nil
            ? cap - budget.balance.booked - pace.amount(over: budget.end.milliseconds - now.milliseconds) : .zero
    }

    private let ahead: Instant
    private let leftAhead: MoneySum

    func chart(id: String) -> Chart {
        Chart(
            id: id, heading: "\(owner), left \(budget.period.current)", says: sentence, drawing: drawing,
            columns: ["Until", "Left"],
            rows: points.map { [label($0.at), Figures.money($0.left)] } + [
                ["\(label(ahead)), at this pace", Figures.money(max(.zero, leftAhead))]
            ])
    }

    /// The answer in words.
    var sentence: String {
        let left = Figures.money(max(.zero, cap - budget.balance.booked))
        if budget.balance.booked >= cap || budget.state == .stopped {
            let rest = budget.balance.booked >= cap ? "" : " The \(left) left would not pay for a call."
            return "Used up until \(budget.end.nearby(now, in: zone)).\(rest)"
        }
        if let gone {
            return
                "\(left) of \(Figures.cap(budget.cap)) left. At this pace it is gone at about \(gone.nearby(now, in: zone))."
        }
        return
            "\(left) of \(Figures.cap(budget.cap)) left. At this pace it lasts \(budget.period == .day ? "the day" : "the month")."
    }

    private func label(_ instant: Instant) -> String {
        budget.period == .day ? instant.wallClock(in: zone) : instant.day(in: zone)
    }

    private func x(_ instant: Instant) -> Int {
        let whole = budget.end.milliseconds - budget.start.milliseconds
        return Int(min(1000, max(0, (instant.milliseconds - budget.start.milliseconds) * 1000 / max(1, whole))))
    }

    private var drawing: HTML {
        let plot = Plot(largest: cap)
        let half = MoneySum(nanodollars: cap.nanodollars / 2)
        let nowX = x(now)
        let left = points.last?.left ?? cap
        return """
            \(plot.grid([cap, half, .zero]))
            <svg x="0" y="\(Plot.top)" width="100%" height="\(Plot.height)" viewBox="0 0 1000 1000" preserveAspectRatio="none">\
            <path class="area" d="\(line(plot)) L\(nowX) 1000 L0 1000 Z"/>\
            <path class="line" d="\(line(plot))"/>\
            <path class="ahead\(gone == nil ? "" : " gone")" d="M\(nowX) \(y(left, plot)) L\(x(ahead)) \(y(max(.zero, leftAhead), plot))"/>\
            </svg>
            \(plot.ticks([cap, half], at: .right))
            <circle class="dot" cx="\(Plot.percent(nowX))" cy="\(plot.pixels(left))" r="4"/>
            \(goneMark)
            \(marks)
            """
    }

    private func line(_ plot: Plot) -> String {
        points.enumerated().map { "\($0.offset == 0 ? "M" : "L")\(x($0.element.at)) \(y($0.element.left, plot))" }
            .joined(separator: " ")
    }

    private func y(_ amount: MoneySum, _ plot: Plot) -> Int { 1000 - plot.thousandths(amount) }

    private var goneMark: HTML? {
        guard let gone else { return nil }
        let at = x(gone)
        let y = Plot.top + Plot.height
        // On a phone the words are a third of the chart, so from there on they end at its edge.
        let isLate = at > 660
        return """
            <circle class="gone" cx="\(Plot.percent(at))" cy="\(y)" r="5"/>\
            <text class="mark" x="\(Plot.percent(isLate ? 1000 : at))" y="\(y - 12)" \
            text-anchor="\(isLate ? "end" : "start")">gone at \(label(gone))</text>
            """
    }

    /// Four steps of a day, or the weeks of a month.
    private var marks: HTML {
        if budget.period == .day {
            return [0, 250, 500, 750, 1000].html { thousandths in
                let whole = budget.end.milliseconds - budget.start.milliseconds
                let at = budget.start.adding(milliseconds: whole * Int64(thousandths) / 1000)
                return Plot.below(thousandths == 1000 ? "24:00" : at.wallClock(in: zone), at: thousandths)
            }
        }
        let first = zone.date(at: budget.start)
        return ([1, 8, 15, 22, 29] as [Int64]).html { day in
            let date = CivilDate(year: first.year, month: first.month, day: day)
            guard date.month == first.month else { return .empty }
            return Plot.below(date.short, at: x(zone.start(of: date)))
        }
    }
}
