import Budgeting
import ExactMoney

/// One amount for each of a row of equal steps: days of a month, hours of a day.
struct Bars {
    struct Bar {
        let label: String
        /// Shown under the axis; empty for most.
        let mark: String
        let amount: MoneySum
        var isNow = false
    }

    let bars: [Bar]
    /// A line across: what a step may come to.
    var limit: MoneySum?

    func chart(id: String, heading: String, says: String, column: String) -> Chart {
        Chart(
            id: id, heading: heading, says: says, drawing: drawing, columns: [column, "Spent"],
            rows: bars.filter { $0.amount > .zero || $0.isNow }.map { [$0.label, Figures.money($0.amount)] })
    }

    private var drawing: HTML {
        let largest = bars.map(\.amount).max() ?? .zero
        // A limit far above all bars would flatten them.
        let shown = limit.flatMap { $0.nanodollars <= largest.nanodollars * 3 ? $0 : nil }
        let top = Figures.niceCeiling(max(largest, shown ?? .zero, MoneySum(nanodollars: 1)))
        let plot = Plot(largest: largest == .zero ? MoneySum(nanodollars: 1_000_000_000) : top)
        let half = MoneySum(nanodollars: plot.largest.nanodollars / 2)
        return """
            \(plot.grid([plot.largest, half, .zero]))
            \(bars.enumerated().html { bar($0.element, at: $0.offset, plot) })
            \(plot.ticks([plot.largest, half], at: .left))
            \(shown.map { limitLine($0, plot) })
            """
    }

    private func bar(_ bar: Bar, at index: Int, _ plot: Plot) -> HTML {
        let step = 1000 * 10 / max(1, bars.count)
        let x = (step * index + step * 15 / 100) / 10
        let width = max(2, step * 70 / 1000)
        let y = bar.amount > .zero ? min(plot.pixels(bar.amount), Plot.top + Plot.height - 2) : Plot.top + Plot.height
        let height = Plot.top + Plot.height - y
        let mark = bar.mark.isEmpty ? HTML.empty : Plot.below(bar.mark, at: (step * index + step / 2) / 10)
        return """
            <rect class="bar\(bar.isNow ? " now" : "")" x="\(Plot.percent(x))" y="\(y)" width="\(Plot.percent(width))" \
            height="\(height)" rx="2">\
            <title>\(bar.label): \(Figures.money(bar.amount))</title></rect>\(mark)
            """
    }

    private func limitLine(_ amount: MoneySum, _ plot: Plot) -> HTML {
        let y = plot.pixels(amount)
        return """
            <line class="limit" x1="0" x2="100%" y1="\(y)" y2="\(y)"/>\
            <text class="mark" x="100%" y="\(y - 5)" text-anchor="end">cap \(Figures.money(amount))</text>
            """
    }
}
