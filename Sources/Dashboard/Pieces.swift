import Budgeting
import ControlPlane
import ExactMoney

/// Small things that several pages show.
enum Pieces {
    static func state(_ state: BudgetState) -> HTML { pill(state.name, state.name) }

    /// - Parameter kind: one of the sheet's colours.
    static func pill(_ kind: String, _ text: String) -> HTML { "<span class=\"pill \(kind)\">\(text)</span>" }

    /// How much of a cap is booked and held. Its words stand beside it, so that it needs none of its own.
    static func meter(_ budget: BudgetView) -> HTML {
        guard budget.cap.limit != nil else { return .empty }
        let booked = thousandths(hundredthsOfPercent(budget.balance.booked, of: budget.cap))
        let exposed = thousandths(hundredthsOfPercent(budget.balance.exposure, of: budget.cap))
        return """
            <svg class="meter \(budget.state.name)" aria-hidden="true" height="6" width="100%"><rect class="track" width="100%" \
            height="6"/>\
            <rect class="held" width="\(Plot.percent(exposed))" height="6"/><rect class="fill" width="\(Plot.percent(booked))" \
            height="6"/></svg>
            """
    }

    private static func thousandths(_ hundredths: Int128) -> Int { Int(min(1_000, hundredths / 10)) }

    /// A cell with what is spent, of what, and the meter. On a phone, where the table's head is away, it says its name itself.
    static func gauge(_ budget: BudgetView) -> HTML {
        let name = budget.period == .day ? "Today" : "This month"
        guard let share = budget.share else {
            return
                """
                <td class="gauge" data-name="\(name)"><small><span>\(Figures.money(budget.balance.booked))</span>\
                <span>no cap</span></small></td>
                """
        }
        return """
            <td class="gauge" data-name="\(name)"><small><span>\(Figures.money(budget.balance.booked)) of \(Figures.cap(budget.cap))</span>\
            <span>\(Figures.percent(share))</span></small>\(meter(budget))</td>
            """
    }

    /// One of the figures at the top of a page.
    static func figure(
        _ name: String, _ value: String, kind: String = "", note: HTML, below: HTML = .empty
    ) -> HTML {
        """
        <div><dt>\(name)</dt><dd class="big \(kind)">\(value)</dd><dd class="note">\(note)</dd>\
        \(when(!below.text.isEmpty, "<dd class=\"bar-row\">\(below)</dd>"))</div>
        """
    }

    static func tenantLink(_ name: String) -> HTML {
        "<a class=\"break\" href=\"/tenants/\(name.queryEncoded)\">\(name)</a>"
    }

    /// Earlier and later pages of a list.
    static func pager(from first: Int, count: Int, of total: Int, step: Int, address: (Int) -> String) -> HTML {
        guard total > 0 else { return .empty }
        let previous: HTML? =
            first > 0 ? "<a class=\"button\" rel=\"prev\" href=\"\(address(max(0, first - step)))\">Previous</a>" : nil
        let next: HTML? =
            first + count < total
            ? "<a class=\"button\" rel=\"next\" href=\"\(address(first + step))\">Next</a>" : nil
        return """
            <nav class="pager" aria-label="More of this list"><span>\(Figures.count(first + 1))–\(Figures.count(first + count)) \
            of \(Figures.count(total))</span>\(previous)\(next)</nav>
            """
    }
}
