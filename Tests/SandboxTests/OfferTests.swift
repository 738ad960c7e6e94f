import BundledCatalogue
import ExactMoney
import Foundation
import Testing

@testable import Sandbox

@Suite struct OfferTests {
    private static func offer(_ name: String) throws -> Offer {
        try #require(try PriceList(json: BundledCatalogue.json)[name])
    }

    @Test func pricesACallExactly() throws {
        let price = try Self.offer("openai/gpt-5.2").price(promptTokens: 9, completionTokens: 2)
        #expect(price.prompt.usd == "0.00001575")
        #expect(price.completion.usd == "0.000028")
        #expect(price.total.usd == "0.00004375")
    }

    @Test func pricesTheWholeCallByTheTierItPasses() throws {
        let offer = try Self.offer("google/gemini-2.5-pro")
        #expect(offer.price(promptTokens: 200_000, completionTokens: 1).total.usd == "0.25001")
        #expect(offer.price(promptTokens: 200_001, completionTokens: 1).total.usd == "0.5000175")
    }

    @Test func chargesNothingForAFreeModel() throws {
        let offer = try Self.offer("openai/gpt-oss-20b:free")
        #expect(offer.price(promptTokens: 5000, completionTokens: 5000) == .zero)
    }

    @Test func knowsCanonicalNamesToo() throws {
        #expect(try Self.offer("openai/gpt-5.2-20251211").name == "openai/gpt-5.2")
    }

    @Test func leavesOutModelsWithoutAPrice() throws {
        let list = try PriceList(
            json: """
                {"data":[{"id":"openrouter/auto","context_length":9,"pricing":{"prompt":"-1","completion":"-1"}}]}
                """)
        #expect(list["openrouter/auto"] == nil)
    }

    @Test(arguments: [
        (#"{"prompt":1.75,"completion":14}"#, true),
        (#"{"prompt":"1.75","completion":"1.4e1"}"#, true),
        (#"{"completion":14}"#, true),
        (#"{"prompt":1.749999,"completion":14}"#, false),
        (#"{"prompt":"1.7499999999999999","completion":14}"#, false),
        (#"{"prompt":2,"completion":13.999999}"#, false),
    ])
    func comparesListPricesWithTheMostThatIsPaid(limit: String, fits: Bool) throws {
        let most = try JSONDecoder().decode(MaxPrice.self, from: Data(limit.utf8))
        #expect(try Self.offer("openai/gpt-5.2").fits(most) == fits)
    }

    @Test func asksTenTimesTheMostThatWasPossible() throws {
        let price = try Self.offer("openai/gpt-5.2").exorbitantPrice(requestBytes: 100, outputTokens: 10)
        #expect(price.total.usd == "0.00315")
    }
}
