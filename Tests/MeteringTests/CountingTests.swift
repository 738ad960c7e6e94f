import CoreMetrics
import Dispatch
import ExactMoney
import Testing

@testable import Metering

/// Nothing is lost and nothing invented: among threads, in sums of money, and beyond the bounds.
struct CountingTests {
    let metrics = GatewayMetrics()

    @Test func addsUpExactlyAmongThreads() throws {
        let (threads, rounds) = (8, 5_000)
        DispatchQueue.concurrentPerform(iterations: threads) { [metrics] thread in
            let loop = LoopMetrics(metrics)
            let meter = Meter(label: "meter", factory: metrics.registry)
            for round in 0..<rounds {
                metrics.callBegan()
                loop.callEnded(tenant: "t\(round % 3)", model: "m", outcome: .answered, cost: Money(nanodollars: 7))
                metrics.callBegan()
                metrics.callEnded(tenant: "t\(thread)", model: "m", outcome: .failed, cost: nil)
                metrics.overhead(nanoseconds: 1_000)
                meter.increment(by: 1)
            }
        }
        let samples = Samples(metrics)
        let all = threads * rounds
        for outcome in ["answered", "failed"] {
            let ended = try samples.sum("bursar_calls_total", where: "outcome=\"\(outcome)\"")
            #expect(ended == MoneySum(nanodollars: Int128(all) * one))
        }
        #expect(try samples.sum("bursar_cost_usd_total") == MoneySum(nanodollars: Int128(all) * 7))
        #expect(samples["bursar_calls_in_flight"] == "0")
        #expect(samples["bursar_overhead_seconds_count"] == "\(all)")
        #expect(samples["bursar_overhead_seconds_sum"] == "0.04")
        #expect(samples["meter"] == "\(all)")
    }

    @Test func makesASeriesOnceAmongThreads() {
        DispatchQueue.concurrentPerform(iterations: 8) { [metrics] _ in
            for index in 0..<200 { metrics.refused(reason: "r\(index)") }
        }
        for index in 0..<200 { #expect(Samples(metrics)["bursar_refusals_total{reason=\"r\(index)\"}"] == "8") }
    }

    // MARK: Money

    @Test(
        arguments: [
            ([1, 1, 1], "0.000000003"), ([100_000_000, 200_000_000], "0.3"), ([Int64.max], "9223372036.854775807"),
            ([Int64.max, Int64.max, 1], "18446744073.709551615"), ([9_007_199_254_740_993], "9007199.254740993"),
            ([], "0"),
        ] as [([Int64], String)])
    func keepsMoneyExact(nanodollars: [Int64], written: String) {
        for amount in [0] + nanodollars {
            metrics.reconciled(tenant: "t", model: "m", cost: Money(nanodollars: amount))
        }
        #expect(Samples(metrics)[#"bursar_cost_usd_total{tenant="t",model="m"}"#] == written)
    }

    @Test func writesMoneyHeldBeyondOneAmount() {
        metrics.unresolved(calls: 2, holding: MoneySum(nanodollars: Int128(Int64.max) * 2))
        #expect(Samples(metrics)["bursar_unresolved_usd"] == "18446744073.709551614")
    }

    @Test func refusesToCountACostBelowZero() async {
        await #expect(processExitsWith: .failure) {
            GatewayMetrics().reconciled(tenant: "t", model: "m", cost: Money(nanodollars: -1))
        }
    }

    // MARK: Bounds

    @Test func namesAThousandTenantsAndTheRestTogether() throws {
        for index in 1...1_000 { end(tenant: "t\(index)") }
        #expect(!metrics.registry.text().contains("=\"other\""))
        for index in 1_001...1_010 { end(tenant: "t\(index)") }
        end(tenant: "t1000")
        let samples = Samples(metrics)
        #expect(samples[#"bursar_calls_total{tenant="other",model="m",outcome="answered"}"#] == "10")
        #expect(samples[#"bursar_cost_usd_total{tenant="other",model="m"}"#] == "0.00000001")
        #expect(samples[#"bursar_calls_total{tenant="t1000",model="m",outcome="answered"}"#] == "2")
        #expect(samples[#"bursar_calls_total{tenant="t1001",model="m",outcome="answered"}"#] == nil)
        #expect(try samples.sum("bursar_cost_usd_total") == MoneySum(nanodollars: 1_011))
    }

    @Test func namesAThousandModelsAndTheRestTogether() {
        for index in 1...1_005 { metrics.downgraded(from: "m\(index)") }
        metrics.callBegan()
        metrics.callEnded(tenant: "t", model: "m1001", outcome: .answered, cost: nil)
        let samples = Samples(metrics)
        #expect(samples[#"bursar_downgrades_total{model="m1000"}"#] == "1")
        #expect(samples[#"bursar_downgrades_total{model="other"}"#] == "5")
        #expect(samples[#"bursar_calls_total{tenant="t",model="other",outcome="answered"}"#] == "1")
    }

    @Test func remembersNoMoreAtALoopThanItsShareAndCountsTheRest() {
        let loop = LoopMetrics(metrics)
        for index in 0..<12_000 {
            metrics.callBegan()
            loop.callEnded(tenant: "t\(index)", model: "m", outcome: .answered, cost: nil)
        }
        #expect(Samples(metrics)[#"bursar_calls_total{tenant="other",model="m",outcome="answered"}"#] == "11000")
    }

    @Test func boundsTheSeriesOfAFamily() {
        let family = Family("x", help: "", most: 3) { CounterSeries() }
        for index in 0..<10 { family.series([("a", "\(index)"), ("b", "b")]).increment(by: 1) }
        family.series([("a", "2"), ("b", "b")]).increment(by: 1)
        var text = Exposition()
        family.write(to: &text)
        let samples = text.text.split(separator: "\n").dropFirst(2)
        #expect(
            Array(samples) == [
                #"x{a="0",b="b"} 1"#, #"x{a="1",b="b"} 1"#, #"x{a="2",b="b"} 2"#, #"x{a="other",b="other"} 7"#,
            ])
    }

    private func end(tenant: String) {
        metrics.callBegan()
        metrics.callEnded(tenant: tenant, model: "m", outcome: .answered, cost: Money(nanodollars: 1))
    }

    /// One whole, in nano-units.
    private let one = Int128(1_000_000_000)
}

/// A scrape read back, without the writer's help.
private struct Samples {
    private var values: [String: String] = [:]

    init(_ metrics: GatewayMetrics) {
        for line in metrics.registry.text().split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[String(line[..<space])] = String(line[line.index(after: space)...])
        }
    }

    subscript(name: String) -> String? { values[name] }

    func sum(_ name: String, where part: String = "") throws -> MoneySum {
        var sum = MoneySum.zero
        for (sample, value) in values where sample.hasPrefix(name + "{") && (part.isEmpty || sample.contains(part)) {
            sum += try Money(usd: value, rounding: .down)
        }
        return sum
    }
}
