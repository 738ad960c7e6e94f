import Budgeting
import ExactMoney
import Ledger
import NIOHTTP1
import Pricing
import Routing
import Testing
import Upstream

@testable import Gateway

@Suite struct RoutePlanTests {
    private func plan(
        _ fields: String, chain: [String] = [], primary: String? = nil, models: [Model] = Models.all,
        messages: String = #"[{"role":"user","content":"hi"}]"#
    ) throws -> RoutePlan {
        var settings = GatewaySettings()
        settings.chain = chain
        settings.primaryModel = primary
        let bench = try GatewayBench(settings: settings, models: models)
        defer { bench.ledger.close() }
        let body = "{\(fields)\(fields.isEmpty ? "" : ",")\"messages\":\(messages)}"
        let request = try PricedRequest(Array(body.utf8), at: .chatCompletions)
        return try RoutePlan(request, Catalogue(models), settings, bench.ledger)
    }

    private func hops(_ plan: RoutePlan) -> [String] { plan.hops.map(\.model.name.text) }

    // MARK: the chain

    @Test(
        arguments: [
            ("v/big", [], ["v/big"]), ("v/big", ["v/big", "v/mid", "v/small"], ["v/big", "v/mid", "v/small"]),
            ("v/mid", ["v/big", "v/mid", "v/small"], ["v/mid", "v/small"]),
            ("v/small", ["v/big", "v/mid", "v/small"], ["v/small"]),
            ("w/other", ["v/big", "v/mid"], ["w/other", "v/big", "v/mid"]),
            ("v/big", ["v/mid", "v/small", "v/mid"], ["v/big", "v/mid", "v/small"]),
            ("v/big", ["v/big", "v/mid", "v/big"], ["v/big", "v/mid"]),
            ("v/mid", ["mid", "small", "v/small-20260101"], ["v/mid", "v/small"]),
            ("mid", ["v/big", "v/mid", "v/small"], ["v/mid", "v/small"]),
            ("v/mid-20260101", ["v/big", "v/mid", "v/small"], ["v/mid", "v/small"]),
            ("v/big", ["no/price", "v/small"], ["v/big", "v/small"]), ("v/small", ["v/big"], ["v/small", "v/big"]),
        ] as [(String, [String], [String])])
    func isTheModelAskedAndThoseAfterItsPlace(asked: String, chain: [String], expected: [String]) throws {
        #expect(hops(try plan("\"model\":\"\(asked)\"", chain: chain)) == expected)
    }

    @Test func usesThePrimaryModelWhereTheRequestNamesNone() throws {
        let unnamed = try plan("", chain: ["v/big", "v/mid"], primary: "v/big")
        #expect(hops(unnamed) == ["v/big", "v/mid"])
        #expect(!unnamed.clientNamedModel)
        let named = try plan(#""model":"v/mid""#, primary: "v/big")
        #expect(hops(named) == ["v/mid"])
        #expect(named.clientNamedModel)
    }

    @Test(arguments: [
        ("", "400 invalid_field model"), (#""model":null"#, "400 invalid_field model"),
        (#""model":"v/bog""#, "400 model_not_priced model"),
        (#""model":"x/big""#, "400 model_not_priced model"),
        (#""model":"v/big","models":["v/mid","x/none"]"#, "400 model_not_priced models[1]"),
    ])
    func refusesAModelThatIsMissingOrNotPriced(fields: String, summary: String) {
        do {
            _ = try plan(fields)
            Issue.record("\(fields) was planned")
        } catch {
            #expect((error as? GatewayRefusal)?.summary == summary)
        }
    }

    @Test func suggestsTheNameThatWasMeant() {
        do { _ = try plan(#""model":"v/bog""#) } catch {
            #expect(
                (error as? GatewayRefusal)?.message.hasPrefix("'v/bog' has no known price. Did you mean 'v/big'")
                    == true)
        }
    }

    // MARK: what the others must be able to do

    @Test(arguments: [
        ("", ["v/big", "w/plain", "v/small"]), (#""tools":[{"type":"function"}]"#, ["v/big", "v/small"]),
        (#""response_format":{"type":"json_schema"}"#, ["v/big", "v/small"]),
        (#""response_format":{"type":"json_object"}"#, ["v/big", "w/plain", "v/small"]),
        (#""reasoning":{"effort":"low"}"#, ["v/big", "w/plain", "v/small"]),
    ])
    func passesOverModelsThatCannotServeTheRequest(fields: String, expected: [String]) throws {
        let fields = #""model":"v/big"\#(fields.isEmpty ? "" : ",")\#(fields)"#
        #expect(hops(try plan(fields, chain: ["v/big", "w/plain", "v/small"])) == expected)
    }

    @Test func theModelAskedForIsTriedWhateverWeThinkItCanDo() throws {
        #expect(hops(try plan(#""model":"w/plain","tools":[{"type":"function"}]"#)) == ["w/plain"])
    }

    @Test func aConversationThatOnlyItsVendorCanGoOnWithStaysThere() throws {
        let messages = #"[{"role":"user","content":"hi"},{"role":"assistant"},{"role":"tool","content":"42"}]"#
        let plan = try plan(#""model":"v/big""#, chain: ["w/other", "v/small", "w/gift", "v/mid"], messages: messages)
        #expect(hops(plan) == ["v/big", "v/small", "v/mid"])
    }

    @Test func aModelWhoseContextIsTooShortIsPassedOver() throws {
        let short = try plan(#""model":"v/big""#, chain: ["w/short"])
        #expect(hops(short) == ["v/big", "w/short"])
        let long = #"[{"role":"user","content":"\#(String(repeating: "x", count: 200))"}]"#
        #expect(hops(try plan(#""model":"v/big""#, chain: ["w/short"], messages: long)) == ["v/big"])
    }

    // MARK: the bid

    private func bid(_ plan: RoutePlan, _ headers: HTTPHeaders = [:]) throws -> Bid {
        let settings = GatewaySettings()
        let caller = try Caller(headers, settings: settings)
        return plan.bid(
            hops: Array(plan.hops.indices), scopes: CallScopes(TenantID(1)), caller: caller, settings: settings)
    }

    @Test func bidsWithTheClientsLimitOrTheDefault() throws {
        #expect(try bid(plan(#""model":"v/big","max_tokens":77"#)).output == .named(77))
        #expect(try bid(plan(#""model":"v/big""#)).output == .open(most: 16_384))
    }

    @Test(
        arguments: [
            ("", 256), (#""tools":[{"type":"function"}]"#, 1_024),
            (#""response_format":{"type":"json_schema"}"#, 1_024),
            (#""reasoning_effort":"low""#, 1_024), (#""tools":[]"#, 256),
        ] as [(String, Int64)])
    func keepsAHigherFloorForStructureAndReasoning(fields: String, floor: Int64) throws {
        let fields = #""model":"v/big"\#(fields.isEmpty ? "" : ",")\#(fields)"#
        #expect(try bid(plan(fields)).floor == floor)
    }

    @Test func passesOnWhatTheCallerAllows() throws {
        let bid = try bid(plan(#""model":"v/big""#), ["x-bursar-downgrade": "never", "x-bursar-max-cost": "0.05"])
        #expect(bid.moves == .never)
        #expect(bid.maxCall == Money(nanodollars: 50_000_000))
    }

    @Test func offersOnlyTheHopsThatAreLeft() throws {
        let plan = try plan(#""model":"v/big""#, chain: ["v/mid", "v/small"])
        let caller = try Caller([:], settings: GatewaySettings())
        let bid = plan.bid(hops: [2], scopes: CallScopes(TenantID(1)), caller: caller, settings: GatewaySettings())
        #expect(bid.offers == [plan.hops[2].offer])
    }

    @Test func pricesEachHopForThisBody() throws {
        let plan = try plan(#""model":"v/big""#, chain: ["w/gift"])
        let bound = plan.request.inputTokensBound
        // With the fee for own provider keys.
        let amount = (bound * 100 + 10 * 1_000) * 21 / 20
        #expect(plan.hops[0].offer.ceiling.amount(outputTokens: 10) == Money(nanodollars: amount))
        #expect(!plan.hops[0].offer.isFree)
        #expect(plan.hops[1].offer.isFree)
        #expect(plan.hops[0].offer.outputTokensLimit == 10_000)
    }

    @Test func holdsTheDearestOfTheModelsThatUpstreamMayTurnTo() throws {
        let plan = try plan(#""model":"v/small","models":["v/small","big"]"#, chain: ["v/small", "w/other"])
        let big = try #require(Models.all.first).ceiling(for: plan.request.demand)
        #expect(plan.hops[0].offer.ceiling == big)
        #expect(plan.hops[0].prices.base.prompt == Rate(picodollars: 100_000))
        #expect(plan.hops[0].fallbacks.map(\.text) == ["v/small", "v/big"])
        // Who stands in for it goes alone, at its own price.
        #expect(plan.hops[1].offer.ceiling == Models.model("w/other", price: 5).ceiling(for: plan.request.demand))
        #expect(plan.hops[1].fallbacks.isEmpty)
    }

    @Test func asksTheFirstOfTheModelsWhereNoneIsNamed() throws {
        let plan = try plan(#""models":["v/mid","v/small"]"#, primary: "v/big")
        #expect(hops(plan) == ["v/mid"])
        #expect(plan.clientNamedModel)
    }

    @Test func aFreeModelWithADearFallbackIsNotFree() throws {
        #expect(try !plan(#""models":["w/gift","v/small"]"#).hops[0].offer.isFree)
        #expect(try plan(#""models":["w/gift"]"#).hops[0].offer.isFree)
        #expect(try !plan(#""model":"w/gift","plugins":[{"id":"web","engine":"exa"}]"#).hops[0].offer.isFree)
    }

    @Test func picturesAndSoundStayWithModelsThatTakeThem() throws {
        let part = #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.com/a.png"}}]}]"#
        let models = Models.all + [Models.model("v/sees", price: 7, can: .images)]
        let plan = try plan(#""model":"v/big""#, chain: ["v/small", "v/sees"], models: models, messages: part)
        #expect(hops(plan) == ["v/big", "v/sees"])
    }

    @Test func picturesDoNotRaiseTheFloorOfLimits() throws {
        let part = #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.com/a.png"}}]}]"#
        let caller = try Caller([:], settings: GatewaySettings())
        func floor(_ plan: RoutePlan) -> Int64 {
            plan.bid(hops: [0], scopes: CallScopes(TenantID(1)), caller: caller, settings: GatewaySettings()).floor
        }
        #expect(floor(try plan(#""model":"v/big""#, messages: part)) == 256)
        #expect(floor(try plan(#""model":"v/big","tools":[{"type":"function"}]"#)) == 1_024)
    }

    // MARK: what a move saved

    @Test func countsWhatTheModelAskedForWouldHaveCostMore() throws {
        let plan = try plan(#""model":"v/big""#, chain: ["v/mid"])
        let usage = Usage(inputTokens: 10, outputTokens: 1)
        #expect(plan.saved(by: 1, usage: usage, cost: Money(nanodollars: 200)) == Money(nanodollars: 1_800))
        #expect(plan.saved(by: 1, usage: usage, cost: Money(nanodollars: 3_000)) == .zero)
        #expect(plan.saved(by: 0, usage: usage, cost: .zero) == .zero)
        #expect(plan.saved(by: 1, usage: nil, cost: .zero) == .zero)
    }
}
