import Budgeting
import ExactMoney
import Ledger
import Pricing
import Routing
import Testing
import Upstream

@testable import Gateway

@Suite struct PrefixMemoryTests {
    private let acme = TenantID(1)
    private let model = Models.model("v/big", price: 1)

    private func prefixes(turns: Int, word: String = "word ") throws -> [Prefix] {
        let long = String(repeating: word, count: 1_000)
        let messages = (0..<turns).map { #"{"role":"user","content":"\#($0) \#($0 == 0 ? long : "")"}"# }
        let body = #"{"messages":[\#(messages.joined(separator: ","))]}"#
        return try PricedRequest(Array(body.utf8), at: .chatCompletions).prefixes
    }

    @Test func knowsTheBeginningThatWasCountedAndBoundsTheRest() throws {
        let memory = PrefixMemory()
        let first = try prefixes(turns: 2)
        let next = try prefixes(turns: 4)
        #expect(memory.bound(next, model.name, of: acme) == nil)
        memory.remember(first.last, model, of: acme, tokens: 1_001)
        // 1 001 and two percent, rounded up, and the bytes of two more messages.
        #expect(memory.bound(next, model.name, of: acme) == 1_001 + 21 + next[1].restTokens)
        memory.remember(next.last, model, of: acme, tokens: 1_050)
        let longest = try #require(next.last)
        #expect(memory.bound(next, model.name, of: acme) == 1_050 + 21 + longest.restTokens)
    }

    @Test func isOfOneTenantAndOneModel() throws {
        let memory = PrefixMemory()
        let prefixes = try prefixes(turns: 2)
        memory.remember(prefixes.last, model, of: acme, tokens: 1_000)
        #expect(memory.bound(prefixes, model.name, of: TenantID(2)) == nil)
        #expect(memory.bound(prefixes, ModelName("v/mid"), of: acme) == nil)
        #expect(memory.bound(try self.prefixes(turns: 2, word: "ward "), model.name, of: acme) == nil)
    }

    @Test func aCountThatCannotBeIsNotRemembered() throws {
        let memory = PrefixMemory()
        let prefixes = try prefixes(turns: 2)
        let bytes = try #require(prefixes.last).byteCount
        for tokens in [0, -5, bytes / 16 - 1] { memory.remember(prefixes.last, model, of: acme, tokens: tokens) }
        #expect(memory.bound(prefixes, model.name, of: acme) == nil)
        let short = Models.model("v/short", price: 1, context: 16_384)
        memory.remember(prefixes.last, short, of: acme, tokens: 1_000)
        #expect(memory.bound(prefixes, short.name, of: acme) == nil)
    }

    @Test func ofTwoCountsTheLargerHolds() throws {
        let memory = PrefixMemory()
        let prefixes = try prefixes(turns: 2)
        for tokens in [2_000, 1_000] as [Int64] { memory.remember(prefixes.last, model, of: acme, tokens: tokens) }
        #expect(memory.bound(prefixes, model.name, of: acme) == 2_040 + (prefixes.last?.restTokens ?? 0))
    }

    @Test func aPlanReservesLessForABeginningThatIsKnown() throws {
        let bench = try GatewayBench(settings: GatewaySettings())
        defer { bench.ledger.close() }
        let long = String(repeating: "x", count: 9_000)
        let body = #"{"model":"v/big","messages":[{"role":"user","content":"\#(long)"}]}"#
        let request = try PricedRequest(Array(body.utf8), at: .chatCompletions)
        func fixed(_ known: Int64?) throws -> Picodollars {
            try RoutePlan(request, Catalogue(Models.all), GatewaySettings(), bench.ledger) { _, _ in known }
                .hops[0].offer.ceiling.fixed
        }
        #expect(try fixed(2_000) == Picodollars(2_000 * 100_000 * 21 / 20))
        // A looser bound than the bytes changes nothing.
        #expect(try fixed(1_000_000) == fixed(nil))
    }
}

@Suite struct GenerationsTests {
    @Test func holdsNoMoreThanTwiceItsHalf() {
        var memory = Generations<Int, Int>(most: 10)
        for number in 0..<1_000 {
            memory[number] = number
            #expect(memory.count <= 20)
            #expect(memory[number] == number)
        }
    }

    @Test func keepsWhatIsUsed() {
        var memory = Generations<Int, Int>(most: 10)
        memory[-1] = -1
        for number in 0..<100 {
            memory[number] = number
            #expect(memory[-1] == -1)
        }
        #expect(memory[0] == nil)
        #expect(memory[99] == 99)
    }
}
