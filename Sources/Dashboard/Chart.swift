import Budgeting
import ExactMoney

/// What all charts share: a plot of a fixed height whose width follows the page. Lines live in an inner drawing of 1000 × 1000
/// that is stretched; words and dots stay outside of it, at percentages, so that they are never distorted.
struct Plot {
    static let top = 22
    static let height = 150
    static let bottom = 24

    /// What stands at 0, at the top line.
    let largest: MoneySum

    static var total: Int { top + height + bottom }

    /// From the top of the drawing, in pixels.
    func pixels(_ amount: MoneySum) -> Int { Plot.top + Plot.height - Plot.height * thousandths(amount) / 1000 }

    /// Upwards, 0…1000.
    func thousandths(_ amount: MoneySum) -> Int {
        guard largest > .zero else { return 0 }
        return Int(min(1000, max(0, amount.nanodollars * 1000 / largest.nanodollars)))
    }

    /// Horizontal lines, under everything else.
    func grid(_ amounts: [MoneySum]) -> HTML {
        amounts.html { amount in
            let y = pixels(amount)
            return "<line class=\"\(amount == .zero ? "axis" : "grid")\" x1=\"0\" x2=\"100%\" y1=\"\(y)\" y2=\"\(y)\"/>"
        }
    }

    /// What the lines stand for, on top.
    func ticks(_ amounts: [MoneySum], at side: Side) -> HTML {
        let decimals = amounts.max().map { Figures.tickDecimals(for: $0) } ?? 2
        return amounts.filter { $0 > .zero }.html { amount in
            """
            <text class="tick" x="\(side.rawValue)" y="\(pixels(amount) - 5)" text-anchor="\(side == .left ? "start" : "end")">\
            \(Figures.money(amount, decimals: decimals))</text>
            """
        }
    }

    enum Side: String {
        case left = "0"
        case right = "100%"
    }

    static func percent(_ thousandths: Int) -> String { "\(thousandths / 10).\(thousandths % 10)%" }

    /// Words under the axis.
    static func below(_ text: String, at thousandths: Int) -> HTML {
        let anchor = thousandths < 30 ? "start" : thousandths > 970 ? "end" : "middle"
        return """
            <text class="tick" x="\(percent(thousandths))" y="\(top + height + 17)" text-anchor="\(anchor)">\(text)</text>
            """
    }
}

/// A chart with its words: a heading, what it says in a sentence, the drawing, and its numbers as a table.
struct Chart {
    let id: String
    let heading: String
    let says: String
    let drawing: HTML
    let columns: [String]
    let rows: [[String]]

    /// The table is for those who cannot see the drawing, and for those who want the digits.
    var html: HTML {
        """
        <figure class="chart">
        <figcaption><h2>\(heading)</h2><p>\(says)</p></figcaption>
        <svg class="plot" role="img" aria-labelledby="\(id)-title \(id)-desc" width="100%" height="\(Plot.total)">
        <title id="\(id)-title">\(heading)</title><desc id="\(id)-desc">\(says)</desc>
        \(drawing)
        </svg>
        <details class="numbers"><summary>Numbers</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="\(heading), numbers"><table><caption class="unseen">\(heading)</caption>
        <thead><tr>\(columns.enumerated().html { "<th scope=\"col\"\(when($0.offset > 0, " class=\"n\""))>\($0.element)</th>" })</tr>\
        </thead>
        <tbody>\(rows.html(row))</tbody></table></div></details>
        </figure>
        """
    }

    private func row(_ cells: [String]) -> HTML {
        """
        <tr><th scope="row">\(cells.first ?? "")</th>\(cells.dropFirst().html { "<td class=\"n\">\($0)</td>" })</tr>
        """
    }
}

extension Figures {
    /// As few decimals as tell the ticks apart.
    static func tickDecimals(for largest: MoneySum) -> Int {
        switch Int128(largest.nanodollars.magnitude) {
        case ..<100_000: 6
        case ..<1_000_000: 5
        case ..<10_000_000: 4
        case ..<100_000_000: 3
        case ..<10_000_000_000: 2
        default: 0
        }
    }

    /// The smallest of 1, 2, 5 × 10ⁿ that is not below an amount.
    static func niceCeiling(_ amount: MoneySum) -> MoneySum {
        var unit = Int128(1)
        while true {
            for step in [1, 2, 5] as [Int128] where unit * step >= amount.nanodollars {
                return MoneySum(nanodollars: unit * step)
            }
            unit *= 10
        }
    }
}
