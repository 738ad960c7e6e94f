import Budgeting
import Ledger
import Pricing
import Testing
import Upstream

@testable import Gateway

/// New settings take hold of what was made from old ones.
@Suite struct ReloadTests {
    @Test func breakersOpenByTheNewRules() throws {
        let bench = try GatewayBench()
        defer { bench.ledger.close() }
        let (known, new) = (ModelName("v/known"), ModelName("v/new"))
        bench.gateway.breakers.failed(known, at: GatewayBench.noon, retryAfterMilliseconds: 0)
        var settings = bench.gateway.settings
        settings.breakerThreshold = 2
        settings.breakerResetMilliseconds = 7_000
        bench.gateway.adopt(settings)
        #expect(bench.gateway.breakers.closedFor(known, at: GatewayBench.noon) == nil, "nothing moves by it")
        bench.gateway.breakers.failed(known, at: GatewayBench.noon, retryAfterMilliseconds: 0)
        #expect(bench.gateway.breakers.closedFor(known, at: GatewayBench.noon) == 7_000)
        for _ in 0..<2 { bench.gateway.breakers.failed(new, at: GatewayBench.noon, retryAfterMilliseconds: 0) }
        #expect(bench.gateway.breakers.closedFor(new, at: GatewayBench.noon) == 7_000)
    }

    @Test func allShareTheUpstreamKey() throws {
        let bench = try GatewayBench()
        defer { bench.ledger.close() }
        let copy = bench.gateway.upstream
        bench.gateway.adopt(upstreamKey: "sk-other")
        #expect(copy.key.text == "sk-other")
    }
}
