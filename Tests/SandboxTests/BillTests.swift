import ExactMoney
import Testing

@testable import Sandbox

@Suite struct BillTests {
    private static let noon = Moment(milliseconds: 1_787_313_600_000)  // 2026-08-21T12:00:00Z

    private static func record(_ id: String, model: String = "a/b", at moment: Moment = noon) -> Record {
        Record(id: id, model: model, streamed: true, promptTokens: 10, createdAt: moment)
    }

    private static func outcome(_ picodollars: Int128, _ status: Record.Status = .complete) -> Record.Outcome {
        Record.Outcome(
            status: status, completionTokens: 3,
            charge: .credits(Price(prompt: Picodollars(picodollars), completion: .zero)), finishReason: "stop")
    }

    @Test func addsPicodollarsWithoutRounding() {
        var bill = Bill()
        for call in 1...3 {
            bill.open(Self.record("\(call)"))
            bill.close("\(call)", as: Self.outcome(333_333_333_333), at: Self.noon)
        }
        #expect(bill.all.total == Picodollars(999_999_999_999))
        #expect(bill.json["totalUsd"] == "0.999999999999")
        #expect(bill.json["calls"] == 3)
    }

    @Test func keepsTheFirstOutcomeOfACall() {
        var bill = Bill()
        bill.open(Self.record("1"))
        bill.close("1", as: Self.outcome(7), at: Self.noon)
        bill.close("1", as: Self.outcome(1000, .cancelled), at: Self.noon)
        #expect(bill.all.total == Picodollars(7))
        #expect(bill.running == 0)
        #expect(bill["1"]?.status == .complete)
    }

    @Test func ignoresTheEndOfACallItDoesNotKnow() {
        var bill = Bill()
        bill.close("of before the reset", as: Self.outcome(7), at: Self.noon)
        #expect(bill.all == Bill.Sum())
        #expect(bill.running == 0)
    }

    @Test func sumsByModelAndCountsWhatRuns() {
        var bill = Bill()
        bill.open(Self.record("1", model: "z/z"))
        bill.open(Self.record("2", model: "a/a"))
        bill.open(Self.record("3", model: "a/a"))
        bill.close("1", as: Self.outcome(5), at: Self.noon)
        bill.close("2", as: Self.outcome(6), at: Self.noon)
        #expect(bill.running == 1)
        #expect(
            bill.json["byModel"] == [
                "a/a": ["calls": 1, "promptTokens": 10, "completionTokens": 3, "totalUsd": "0.000000000006"],
                "z/z": ["calls": 1, "promptTokens": 10, "completionTokens": 3, "totalUsd": "0.000000000005"],
            ])
    }

    @Test func showsTheKeyItsDayAndMonthInUTC() {
        var bill = Bill()
        let dates = [Self.noon, Self.noon.adding(milliseconds: -86_400_000), Moment(milliseconds: 0)]
        for (index, date) in dates.enumerated() {
            bill.open(Self.record("\(index)", at: date))
            bill.close("\(index)", as: Self.outcome(1_000_000_000_000), at: date)
        }
        let key = bill.key(at: Self.noon)["data"]
        #expect(key?["usage"] == 3)
        #expect(key?["usage_monthly"] == 2)
        #expect(key?["usage_daily"] == 1)
    }

    @Test func billsAnOwnKeysPriceAndFeeButTakesTheFeeOnly() {
        var bill = Bill()
        bill.open(Self.record("1"))
        let charge = Charge.ownKey(Price(prompt: Picodollars(101), completion: .zero))
        #expect(charge.credits == Picodollars(6))
        bill.close(
            "1",
            as: Record.Outcome(status: .complete, completionTokens: 0, charge: charge, finishReason: nil),
            at: Self.noon)
        #expect(bill.all.total == Picodollars(107))
        #expect(bill.key(at: Self.noon)["data"]?["usage"] == .number("0.000000000006"))
        #expect(bill.key(at: Self.noon)["data"]?["byok_usage"] == .number("0.000000000101"))
    }
}
