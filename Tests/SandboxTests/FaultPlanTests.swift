import Foundation
import Testing

@testable import Sandbox

@Suite struct FaultPlanTests {
    @Test func spendsARulesTimesThenGoesOnToTheNext() {
        var plan = FaultPlan(rules: [
            FaultPlan.Rule(fault: .rateLimit, times: 2), FaultPlan.Rule(fault: .html, times: 1),
        ])
        #expect((0..<4).map { _ in plan.draw(model: "a/b") } == [.rateLimit, .rateLimit, .html, nil])
    }

    @Test func leavesOtherModelsAlone() {
        var plan = FaultPlan(rules: [FaultPlan.Rule(fault: .hang, model: "a/b", times: 1)])
        #expect(plan.draw(model: "a/c") == nil)
        #expect(plan.draw(model: "a/b") == .hang)
    }

    @Test func hitsTheSameCallsForTheSameSeed() {
        func draws(seed: UInt64) -> [Fault?] {
            var plan = FaultPlan(rules: [FaultPlan.Rule(fault: .serverError, percent: 30)], seed: seed)
            return (0..<1000).map { _ in plan.draw(model: "a/b") }
        }
        #expect(draws(seed: 1) == draws(seed: 1))
        #expect(draws(seed: 1) != draws(seed: 2))
        let hits = draws(seed: 1).count { $0 != nil }
        #expect((250...350).contains(hits))
    }

    @Test(arguments: [(0, 0), (100, 50)]) func takesNoneAndAllAtTheirWord(percent: Int, hits: Int) {
        var plan = FaultPlan(rules: [FaultPlan.Rule(fault: .slow, percent: percent)])
        #expect((0..<50).count { _ in plan.draw(model: "a/b") != nil } == hits)
    }

    @Test func readsWhatItShows() throws {
        let text = """
            {"rules":[{"fault":"rate_limit","model":"a/b","times":2,"percent":40},{"fault":"html"}],"seed":9,\
            "delayMs":{"first":10,"between":0},"generationDelayMs":500}
            """
        let plan = try JSONDecoder().decode(FaultPlan.self, from: Data(text.utf8))
        #expect(plan.json.text == text)
    }

    @Test func refusesAFaultItDoesNotKnow() {
        let data = Data(#"{"rules":[{"fault":"earthquake"}]}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(FaultPlan.self, from: data) }
    }

    @Test func readsTheEmptyObjectAsNoFaults() throws {
        #expect(try JSONDecoder().decode(FaultPlan.self, from: Data("{}".utf8)) == FaultPlan())
    }
}
