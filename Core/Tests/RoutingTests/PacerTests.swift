import Budgeting
import Testing

@testable import Routing

@Suite struct PacerTests {
    private func at(_ seconds: Int64) -> Instant { Instant(seconds: 1_795_000_000 + seconds) }

    private func begin(_ pacer: inout Pacer<String>, _ who: String, _ limits: CallLimits, _ seconds: Int64) -> String {
        switch pacer.begin([(who, limits)], at: at(seconds)) {
        case .go: "go"
        case .tooMany(let who, let limit, let seconds): "\(who) \(limit) a minute, in \(seconds) s"
        case .tooManyAtOnce(let who, let limit): "\(who) \(limit) at once"
        }
    }

    @Test func letsSoManyGoInAMinute() {
        var pacer = Pacer<String>()
        let limits = CallLimits(perMinute: 3)
        for second in [0, 10, 20] as [Int64] { #expect(begin(&pacer, "acme", limits, second) == "go") }
        #expect(begin(&pacer, "acme", limits, 30) == "acme 3 a minute, in 30 s")
        #expect(begin(&pacer, "acme", limits, 59) == "acme 3 a minute, in 1 s")
        #expect(begin(&pacer, "beta", limits, 59) == "go", "others have their own")
        #expect(begin(&pacer, "acme", limits, 60) == "go")
        #expect(begin(&pacer, "acme", limits, 69) == "acme 3 a minute, in 1 s")
        #expect(begin(&pacer, "acme", limits, 70) == "go")
    }

    @Test func aRefusedCallDoesNotCount() {
        var pacer = Pacer<String>()
        let limits = CallLimits(perMinute: 1)
        #expect(begin(&pacer, "acme", limits, 0) == "go")
        for second in 1...59 as ClosedRange<Int64> { #expect(begin(&pacer, "acme", limits, second) != "go") }
        #expect(begin(&pacer, "acme", limits, 60) == "go")
    }

    @Test func letsSoManyRunAtOnce() {
        var pacer = Pacer<String>()
        let limits = CallLimits(atOnce: 2)
        #expect(begin(&pacer, "acme", limits, 0) == "go")
        #expect(begin(&pacer, "acme", limits, 0) == "go")
        #expect(begin(&pacer, "acme", limits, 999) == "acme 2 at once")
        pacer.end("acme")
        #expect(begin(&pacer, "acme", limits, 999) == "go")
    }

    @Test func countsACallOfAllOrOfNone() {
        var pacer = Pacer<String>()
        let callers = [("acme", CallLimits(perMinute: 10)), ("key", CallLimits(perMinute: 1))]
        #expect(pacer.begin(callers, at: at(0)) == .go)
        #expect(pacer.begin(callers, at: at(1)) == .tooMany("key", limit: 1, retryAfterSeconds: 59))
        for second in 1...9 as ClosedRange<Int64> {
            #expect(begin(&pacer, "acme", CallLimits(perMinute: 10), second) == "go")
        }
        #expect(begin(&pacer, "acme", CallLimits(perMinute: 10), 9) != "go")
    }

    @Test func aLimitOfNothingLetsNothingGo() {
        var pacer = Pacer<String>()
        #expect(begin(&pacer, "acme", CallLimits(perMinute: 0), 0) == "acme 0 a minute, in 60 s")
        #expect(begin(&pacer, "acme", CallLimits(atOnce: 0), 0) == "acme 0 at once")
    }

    @Test func aClockThatRunsBackGivesNothingAnew() {
        var pacer = Pacer<String>()
        let limits = CallLimits(perMinute: 1)
        #expect(begin(&pacer, "acme", limits, 0) == "go")
        #expect(begin(&pacer, "acme", limits, -500) == "acme 1 a minute, in 60 s")
        #expect(begin(&pacer, "acme", limits, 60) == "go")
    }

    @Test func forgetsWhoIsIdle() {
        var pacer = Pacer<String>()
        for number in 0..<5_000 as Range<Int64> {
            _ = begin(&pacer, "caller \(number)", CallLimits(perMinute: 1), number)
            pacer.end("caller \(number)")
        }
        #expect(pacer.count < 2_000)
    }

    /// Against every call's time, kept one by one.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func neverLetsMoreGoThanTheLimit(seed: UInt64) {
        var chance = Seeded(seed)
        var pacer = Pacer<String>()
        let limit = Int(chance.number(1...20))
        var gone: [Int64] = []
        var second: Int64 = 0
        for _ in 0..<3_000 {
            second += chance.once(in: 3) ? chance.number(0...(chance.once(in: 20) ? 90 : 6)) : 0
            let inLastMinute = gone.filter { $0 > second - 60 }.count
            let went = begin(&pacer, "acme", CallLimits(perMinute: limit), second) == "go"
            #expect(went == (inLastMinute < limit), "seed \(seed), second \(second)")
            if went { gone.append(second) }
        }
    }
}
