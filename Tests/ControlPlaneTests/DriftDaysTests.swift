import Budgeting
import ExactMoney
import Testing

@testable import ControlPlane
@testable import Gateway
@testable import Receipts

/// Upstream's days and models joined with the ledger's.
@Suite struct DriftDaysTests {
    private func told(_ day: String, _ model: String, _ usd: Int64, calls: Int64 = 1) -> Drift.Line {
        Drift.Line(day: day, model: model, upstream: MoneySum(nanodollars: Int128(usd)), upstreamCalls: calls)
    }

    private func booked(_ day: String, _ model: String, _ usd: Int64, calls: Int64 = 1) -> ReportLine {
        ReportLine(
            keys: ["\(day)T00:00:00Z", model], calls: calls, inputTokens: 1, outputTokens: 1,
            cost: Money(nanodollars: usd), saved: .zero)
    }

    private func days(_ activity: [Drift.Line], _ ledger: [ReportLine]) -> [String] {
        DriftDays(activity, ledger: ledger, today: "2026-11-26") { $0 == "v/big-20260101" ? "v/big" : $0 }.rows.map {
            "\($0.day) \($0.model) \($0.upstream.nanodollars)/\($0.upstreamCalls) "
                + "\($0.ledger.nanodollars)/\($0.ledgerCalls) \($0.drift.nanodollars)"
        }
    }

    @Test func addsUpProvidersAndNamesOfAModel() {
        #expect(
            days(
                [
                    told("2026-11-24", "v/big", 40), told("2026-11-24", "v/big-20260101", 2, calls: 3),
                    told("2026-11-23", "v/big", 7),
                ], [booked("2026-11-24", "v/big", 30, calls: 4), booked("2026-11-23", "v/big", 7)])
                == ["2026-11-23 v/big 7/1 7/1 0", "2026-11-24 v/big 42/4 30/4 12"])
    }

    @Test func tellsWhatOnlyOneOfThemHas() {
        #expect(
            days([told("2026-11-24", "v/a", 5)], [booked("2026-11-24", "v/b", 6), booked("2026-11-25", "v/b", 1)])
                == ["2026-11-24 v/a 5/1 0/0 5", "2026-11-24 v/b 0/0 6/1 -6", "2026-11-25 v/b 0/0 1/1 -1"])
    }

    /// Upstream tells of days that are over, and not of those before its month.
    @Test func leavesOutDaysThatUpstreamDoesNotTellOf() {
        #expect(
            days([told("2026-11-25", "v/a", 5)], [booked("2026-11-26", "v/a", 6), booked("2026-11-01", "v/a", 6)])
                == ["2026-11-25 v/a 5/1 0/0 5"])
        #expect(
            days([told("2026-11-26", "v/a", 6)], [booked("2026-11-26", "v/a", 6)]) == ["2026-11-26 v/a 6/1 6/1 0"])
        #expect(days([], [booked("2026-11-25", "v/a", 6)]).isEmpty)
    }
}
