import Budgeting
import ExactMoney
import Foundation
import Ledger
import NIOCore
import NIOHTTP1
import Pricing
import Testing
import Upstream

@testable import Gateway

/// Paths that are answered here.
@Suite struct LocalRouteTests {
    private static let models =
        Models.all + [Models.model("v/vectors", price: 1, can: .embeddings), Models.model("v/big:free", price: 0)]

    private func ask(
        _ path: String, tenant: String? = nil, body: String = "", caps: Caps = Caps(),
        prepare: (GatewayBench) -> Void = { _ in }
    ) throws -> Any {
        let bench = try GatewayBench(caps: caps, models: Self.models)
        defer { bench.ledger.close() }
        prepare(bench)
        let parts = path.split(separator: "?", maxSplits: 1)
        guard case .local(let route)? = Route(parts[0]) else { throw Refusal.unknownRoute(.GET, path) }
        var headers = HTTPHeaders()
        if let tenant { headers.add(name: "x-tenant-id", value: tenant) }
        let request = LocalRequest(
            gateway: bench.gateway, caller: try Caller(headers, settings: bench.gateway.settings),
            query: parts.count == 2 ? parts[1] : "", body: ByteBuffer(string: body))
        guard case .now(let text) = try route.answer(request) else { throw Refusal.unknownRoute(.GET, path) }
        #expect(bench.reservations == 0)
        return try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    private func data(_ answer: Any) throws -> [String: Any] {
        try #require((answer as? [String: Any])?["data"] as? [String: Any])
    }

    // MARK: models

    private func names(_ path: String) throws -> [String] {
        let list = try #require((try ask(path) as? [String: Any])?["data"] as? [[String: Any]])
        return list.compactMap { $0["id"] as? String }
    }

    @Test func listsModelsThatWriteApartFromThoseThatMakeVectors() throws {
        let all = Self.models.map(\.name.text).sorted()
        #expect(try names("/models") == all.filter { $0 != "v/vectors" })
        #expect(try names("/models/user") == all)
        #expect(try names("/embeddings/models") == ["v/vectors"])
    }

    @Test(arguments: ["/models/v/big", "/models/v%2Fbig", "/models/v%2fbig", "/models/big", "/models/v/big-20260101"])
    func findsAModelByAnyOfItsNames(path: String) throws {
        let model = try data(try ask(path))
        #expect(model["id"] as? String == "v/big")
        #expect((model["pricing"] as? [String: String])?["prompt"] == "0.0000001")
        #expect(model["context_length"] as? Int == 100_000)
    }

    @Test func tellsTheEndpointThatCallsArePinnedTo() throws {
        let model = try data(try ask("/models/v/big:free/endpoints"))
        let endpoints = try #require(model["endpoints"] as? [[String: Any]])
        #expect(endpoints.count == 1 && endpoints[0]["max_completion_tokens"] as? Int == 10_000)
    }

    @Test func doesNotKnowOtherModels() {
        #expect(throws: GatewayRefusal.self) { try ask("/models/v/none") }
    }

    // MARK: key and credits

    @Test(arguments: ["/key", "/auth/key"]) func tellsTheTightestBudgetAsTheKeysLimit(path: String) throws {
        let caps = Caps(
            everyTenantDaily: .limit(Money(nanodollars: 5_000_000_000)),
            everyTenantMonthly: .limit(Money(nanodollars: 50_000_000_000)))
        let key = try data(try ask(path, tenant: "acme", caps: caps))
        #expect(key["label"] as? String == "acme")
        #expect(key["limit"] as? Int == 5 && key["limit_remaining"] as? Int == 5)
        #expect(key["limit_reset"] as? String == "daily" && key["usage"] as? Int == 0)
    }

    @Test func tellsNoLimitWhereThereIsNone() throws {
        let key = try data(try ask("/key"))
        #expect(key["limit"] is NSNull && key["limit_remaining"] is NSNull && key["limit_reset"] is NSNull)
        #expect(try data(try ask("/credits"))["total_credits"] is NSNull)
    }

    @Test func tellsCreditsWhoseDifferenceIsWhatRemains() throws {
        let caps = Caps(everyTenantMonthly: .limit(Money(nanodollars: 50_000_000_000)))
        let credits = try data(try ask("/credits", caps: caps))
        #expect(credits["total_credits"] as? Int == 50 && credits["total_usage"] as? Int == 0)
    }

    // MARK: generation

    private static let settled = SettledGeneration(
        id: "gen-1", tenant: "acme", model: "v/big", cost: Money(nanodollars: 1_375), inputTokens: 9, outputTokens: 2,
        isStream: true, at: GatewayBench.noon)

    @Test func tellsACallToItsOwnTenantOnly() throws {
        let call = try data(
            try ask("/generation?id=gen-1", tenant: "acme") { $0.gateway.generations.add(Self.settled) })
        #expect(call["model"] as? String == "v/big" && call["tokens_completion"] as? Int == 2)
        #expect(Self.settled.json.contains(#""total_cost":0.000001375,"#))
        #expect(throws: GatewayRefusal.self) {
            try ask("/generation?id=gen-1", tenant: "other") { $0.gateway.generations.add(Self.settled) }
        }
        #expect(throws: GatewayRefusal.self) { try ask("/generation?id=gen-2", tenant: "acme") }
        #expect(throws: GatewayRefusal.self) { try ask("/generation", tenant: "acme") }
    }

    @Test func keepsTheLastCallsOnly() {
        let recent = RecentGenerations()
        for number in 0...RecentGenerations.most {
            var call = Self.settled
            call.id = "gen-\(number)"
            recent.add(call)
        }
        #expect(recent.find("gen-0") == nil)
        #expect(recent.find("gen-1") != nil)
        #expect(recent.find("gen-\(RecentGenerations.most)") != nil)
    }

    // MARK: count_tokens

    @Test func countsTokensOnTheHighSideAndTheSameEachTime() throws {
        func count(_ text: String) throws -> Int {
            let body = #"{"model":"any","messages":[{"role":"user","content":"\#(text)"}]}"#
            return try #require((try ask("/messages/count_tokens", body: body) as? [String: Int])?["input_tokens"])
        }
        let long = String(repeating: "word and ", count: 100)
        #expect(try count("hi") == count("hi"))
        // Two tokens for each pair of words; the estimate is above that, and below the bytes.
        #expect(try (200..<900).contains(count(long)))
    }

    @Test func refusesToCountWhatIsNoMessages() {
        #expect(throws: GatewayRefusal.self) { try ask("/messages/count_tokens", body: "{}") }
    }

    // MARK: quote

    private func quote(_ fields: String, caps: Caps = Caps()) throws -> [String: Any] {
        let body = #"{"messages":[{"role":"user","content":"hi"}]\#(fields)}"#
        return try #require(try ask("/quote", body: body, caps: caps) as? [String: Any])
    }

    @Test func quotesWhatACallWouldCost() throws {
        let quote = try quote(#","model":"v/big","max_tokens":100"#)
        #expect(quote["admitted"] as? Bool == true && quote["model"] as? String == "v/big")
        #expect(quote["maxTokens"] as? Int == 100 && quote["refusal"] is NSNull && quote["moved"] is NSNull)
        let most = try #require((quote["atMostUsd"] as? String).flatMap { Decimal(string: $0) })
        let expected = try #require((quote["expectedUsd"] as? String).flatMap { Decimal(string: $0) })
        #expect(expected > 0 && expected <= most)
    }

    @Test func quotesARefusalWithItsReason() throws {
        let caps = Caps(everyTenantDaily: .limit(Money(nanodollars: 1)))
        let quote = try quote(#","model":"v/big","max_tokens":100"#, caps: caps)
        #expect(quote["admitted"] as? Bool == false && quote["budget"] as? String == "tenant_daily")
        let refusal = try #require(quote["refusal"] as? [String: Any])
        #expect((refusal["metadata"] as? [String: Any])?["reason"] as? String == "budget_exceeded")
    }

    @Test func refusesToQuoteWhatHasNoBound() {
        #expect(throws: GatewayRefusal.self) { try quote(#","model":"v/big","plugins":[{"id":"web"}]"#) }
    }

    // MARK: texts

    @Test(arguments: [("a%2Fb", "a/b"), ("a%2", "a%2"), ("%", "%"), ("%zz", "%zz"), ("%+1", "%+1"), ("%C3%A4", "ä")])
    func decodesPercents(text: String, decoded: String) {
        #expect(PercentText.decoded(text[...]) == decoded)
    }

    @Test(arguments: [
        (400, "invalid_request_error"), (401, "authentication_error"), (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"), (413, "request_too_large"), (429, "rate_limit_error"), (502, "api_error"),
    ])
    func refusesInAnthropicsShapeWithOurReason(status: Int, type: String) throws {
        let refusal = Refusal(status, "x", "why_not", param: "p", "Because.")
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(refusal.json(.anthropic).utf8)) as? [String: Any])
        #expect(json["type"] as? String == "error")
        let error = try #require(json["error"] as? [String: Any])
        #expect(error["type"] as? String == type && error["message"] as? String == "Because.")
        #expect((error["metadata"] as? [String: String])?["reason"] == "why_not")
    }
}
