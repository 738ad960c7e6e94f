import ExactMoney
import Simulation
import Testing

/// A day with time-outs: one in a hundred calls ends without telling its cost, one in five of those without an id.
@Suite struct DayTests {
    @Test(arguments: [1, 2] as [UInt64])
    func theBooksComeToTheBill(seed: UInt64) throws {
        let day = try simulateDay(seed: seed)
        #expect(day.excess <= 50, "more than half a percent above the bill: \(day)")
        #expect(day.oldestDoubtMilliseconds <= 3_600_000, "\(day)")
        #expect(day.outsideBooked <= MoneySum(Money(nanodollars: 100_000)), "nobody else spent: \(day)")
        // A promise holds for nothing on a day on which nothing happens.
        #expect(day.calls > 1_000 && day.timeouts > 5 && day.settledByRecord > 0, "\(day)")
    }

    /// At twenty calls a minute a bound on one call alone says little; of all together the key tells.
    @Test func atTwentyCallsAMinuteTheBooksComeToTheBill() throws {
        var plan = DayPlan()
        plan.callsPerHour = 1_200
        plan.hours = 4
        plan.timeouts = 20
        let day = try simulateDay(seed: 1, plan: plan)
        #expect(day.excess <= 50, "more than half a percent above the bill: \(day)")
        #expect(day.oldestDoubtMilliseconds <= 3_600_000, "\(day)")
        #expect(day.calls > 2_000 && day.timeouts > 40 && day.returnedInAll > 1, "\(day)")
    }

    @Test func whatOthersSpendIsBooked() throws {
        var plan = DayPlan()
        plan.hours = 8
        plan.timeouts = 0
        plan.crashes = false
        plan.othersSpend = true
        let day = try simulateDay(seed: 11, plan: plan)
        #expect(day.outside > .zero)
        #expect(day.outsideBooked.nanodollars >= day.outside.nanodollars - 100_000, "\(day)")
        #expect(day.outsideBooked.nanodollars <= day.outside.nanodollars + 100_000, "\(day)")
    }

    @Test func theSameSeedGivesTheSameDay() throws {
        var plan = DayPlan()
        plan.hours = 1
        #expect(try simulateDay(seed: 3, plan: plan) == simulateDay(seed: 3, plan: plan))
    }

    @Test(arguments: DayMutant.allCases)
    func aMistakeIsSeen(_ mutant: DayMutant) throws {
        var plan = DayPlan()
        plan.hours = 2
        plan.callsPerHour = 240
        plan.timeouts = 80
        plan.withoutID = 50
        plan.othersSpend = true
        _ = try simulateDay(seed: 1, plan: plan)
        var caught: Violation?
        for seed in 1...10 as ClosedRange<UInt64> where caught == nil {
            do { _ = try simulateDay(seed: seed, plan: plan, mutant: mutant) } catch { caught = error }
        }
        #expect(caught?.promise == .theBillIsCovered, "\(mutant) survives")
    }
}
