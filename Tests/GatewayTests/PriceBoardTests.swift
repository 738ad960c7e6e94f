import Budgeting
import ExactMoney
import Ledger
import Pricing
import Testing

@testable import Gateway

@Suite struct PriceBoardTests {
    private static let later = Instant(milliseconds: 9_000)

    @Test func tellsWhatANewCatalogueChanges() {
        let board = PriceBoard(Catalogue([Models.model("v/a", price: 1), Models.model("v/b", price: 2)]))
        #expect(board.fetchedAt == nil)
        let new = Catalogue([
            Models.model("v/a", price: 1), Models.model("v/b", price: 3), Models.model("v/c", price: 4),
        ])
        let changes = board.replace(new, at: Self.later)
        #expect(changes.map(\.model.text) == ["v/b", "v/c"])
        #expect(changes[0].old.first?.rate == Rate(picodollars: 2_000))
        #expect(changes[0].new.first?.rate == Rate(picodollars: 3_000))
        #expect(changes[1].old.isEmpty)
        #expect(changes.allSatisfy { $0.at == Self.later })
        #expect(board.changes == changes)
        #expect(board.fetchedAt == Self.later)
        #expect(board.current.resolve("v/c") != nil)
    }

    @Test func theSameListChangesNothing() {
        let list = Catalogue(Models.all)
        let board = PriceBoard(list)
        #expect(board.replace(list, at: Self.later).isEmpty)
        #expect(board.fetchedAt == Self.later)
    }

    @Test func theOperatorsOwnPricesAreNoNewsOfUpstream() {
        let board = PriceBoard(Catalogue([Models.model("v/a", price: 1)]), fetchedAt: .init(milliseconds: 1_000))
        let own = Catalogue([Models.model("v/a", price: 2), Models.model("v/mine", price: 5)])
        #expect(board.replace(own, at: Self.later, by: .settings).map(\.model.text) == ["v/a", "v/mine"])
        #expect(board.fetchedAt == .init(milliseconds: 1_000))
        let back = board.replace(
            Catalogue([Models.model("v/a", price: 1)]), at: Self.later, by: .settings)
        #expect(back.map(\.model.text) == ["v/a", "v/mine"])
        #expect(back[1].old.first?.rate == Rate(picodollars: 5_000))
        #expect(back[1].new.isEmpty, "it is priced no more")
        #expect(board.current.resolve("v/mine") == nil)
    }

    @Test func aRefreshIsWrittenIntoTheLedger() throws {
        let bench = try GatewayBench(settings: GatewaySettings(), models: [Models.model("v/a", price: 1)])
        defer { bench.ledger.close() }
        let plan = bench.gateway.prices.current
        let changes = bench.gateway.refreshed(Catalogue([Models.model("v/a", price: 2)]))
        #expect(changes.count == 1)
        let entry = changes[0].entry
        #expect(entry.old.first == .init(name: "prompt", rate: Rate(picodollars: 1_000)))
        #expect(entry.new.first == .init(name: "prompt", rate: Rate(picodollars: 2_000)))
        // Said twice it is said once.
        #expect(bench.gateway.refreshed(Catalogue([Models.model("v/a", price: 2)])).isEmpty)
        // Who holds the old catalogue keeps its prices.
        #expect(plan.resolve("v/a")?.prices.base.prompt == Rate(picodollars: 1_000))
        #expect(bench.gateway.catalogueAgeSeconds == 0)
    }
}
