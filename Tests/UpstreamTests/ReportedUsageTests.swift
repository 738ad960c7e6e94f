import ExactMoney
import Pricing
import Testing

@testable import Upstream

@Suite struct ReportedUsageTests {
    private func reported(_ text: String) throws -> ReportedUsage {
        try #require(ReportedUsage(try JSONDocument(Array(text.utf8)).root))
    }

    @Test(
        arguments: [
            ("0", 0), ("0.00001375", 13_750), ("1.64e-06", 1_640), ("5E-1", 500_000_000), ("1", 1_000_000_000),
            ("0.0000000004", 0),
            ("0.0000000005", 1), ("1e-400", 0), ("9223372036.854775807", .max),
            ("0.00002100000000000000000000001", 21_000),
            ("12.5e+1", 125_000_000_000),
        ] as [(String, Int64)])
    func readsTheCostExactly(text: String, nanodollars: Int64) throws {
        #expect(try reported(#"{"cost":\#(text)}"#).cost == .amount(Money(nanodollars: nanodollars)))
    }

    @Test(arguments: [
        "null", "-1", "-0.5", "-1e-12", "\"0.5\"", "true", "[]", "{}", "9223372036.854775808", "1e10", "1e400",
    ])
    func doesNotBelieve(cost: String) throws {
        #expect(try reported(#"{"cost":\#(cost)}"#).cost == .unbelievable)
    }

    @Test func neverTakesAMissingCostForZero() throws {
        #expect(try reported("{}").cost == .missing)
        #expect(try reported(#"{"prompt_tokens":1,"completion_tokens":1}"#).cost == .missing)
    }

    @Test(
        arguments: [
            (
                #""is_byok":true,"cost_details":{"upstream_inference_cost":0.2}"#,
                .amount(Money(nanodollars: 300_000_000))
            ),
            (#""is_byok":true,"cost_details":{"upstream_inference_cost":0}"#, .amount(Money(nanodollars: 100_000_000))),
            (
                #""is_byok":false,"cost_details":{"upstream_inference_cost":0.2}"#,
                .amount(Money(nanodollars: 100_000_000))
            ),
            (
                #""is_byok":null,"cost_details":{"upstream_inference_cost":0.2}"#,
                .amount(Money(nanodollars: 100_000_000))
            ),
            (#""cost_details":{"upstream_inference_cost":0.2}"#, .amount(Money(nanodollars: 100_000_000))),
            (#""is_byok":true"#, .unbelievable), (#""is_byok":true,"cost_details":null"#, .unbelievable),
            (#""is_byok":true,"cost_details":{"upstream_inference_cost":null}"#, .unbelievable),
            (#""is_byok":true,"cost_details":{"upstream_inference_cost":-1}"#, .unbelievable),
            (#""is_byok":true,"cost_details":{"upstream_inference_cost":9223372036.8}"#, .unbelievable),
        ] as [(String, ReportedUsage.Cost)])
    func addsWhatTheAccountsOwnKeyPaid(fields: String, cost: ReportedUsage.Cost) throws {
        #expect(try reported(#"{"cost":0.1,\#(fields)}"#).cost == cost)
    }

    @Test func readsTokens() throws {
        let text = #"""
            {"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":
            {"cached_tokens":40,"cache_write_tokens":10,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":5}}
            """#
        let usage = Usage(
            inputTokens: 100, outputTokens: 20, cachedTokens: 40, cacheWriteTokens: 10, reasoningTokens: 5)
        #expect(try reported(text).usage == usage)
    }

    @Test(arguments: [
        "{}", #"{"prompt_tokens":1}"#, #"{"completion_tokens":1}"#, #"{"prompt_tokens":-1,"completion_tokens":1}"#,
        #"{"prompt_tokens":1,"completion_tokens":null}"#, #"{"prompt_tokens":1.5,"completion_tokens":1}"#,
        #"{"prompt_tokens":"1","completion_tokens":1}"#,
        #"{"prompt_tokens":1,"completion_tokens":9223372036854775808}"#,
    ])
    func takesNoTokensThatCannotBeRight(text: String) throws {
        #expect(try reported(text).usage == nil)
    }

    @Test(arguments: [
        #""prompt_tokens_details":null,"completion_tokens_details":null"#,
        #""prompt_tokens_details":{"cached_tokens":-5}"#,
        #""prompt_tokens_details":{"cached_tokens":null,"cache_write_tokens":"x"}"#, #""prompt_tokens_details":5"#,
    ])
    func doesWithoutDetails(fields: String) throws {
        let usage = try reported(#"{"prompt_tokens":7,"completion_tokens":3,\#(fields)}"#).usage
        #expect(usage == Usage(inputTokens: 7, outputTokens: 3))
    }

    @Test(arguments: ["5", "\"x\"", "null", "[]", "true"])
    func isAnObject(text: String) throws {
        #expect(ReportedUsage(try JSONDocument(Array(text.utf8)).root) == nil)
    }
}

@Suite struct BookedAmountTests {
    /// A nanodollar a prompt token, ten a completion token.
    private let sheet = PriceSheet(base: Rates(prompt: Rate(picodollars: 1_000), completion: Rate(picodollars: 10_000)))

    private func amount(_ text: String) throws -> (cost: Money, isStated: Bool)? {
        let document = try JSONDocument(Array(text.utf8))
        return ReportedUsage(document.root)?.amount(prices: sheet)
    }

    private static let tokens = #""prompt_tokens":100,"completion_tokens":20"#

    @Test func isTheStatedCostWhereThereIsOne() throws {
        let amount = try #require(try amount(#"{"cost":0.5,\#(BookedAmountTests.tokens)}"#))
        #expect(amount.cost == Money(nanodollars: 500_000_000))
        #expect(amount.isStated)
    }

    @Test func aStatedZeroIsZero() throws {
        #expect(try amount(#"{"cost":0,\#(BookedAmountTests.tokens)}"#)?.cost == .zero)
    }

    @Test(arguments: ["", #""cost":null,"#, #""cost":-1,"#, #""cost":"free","#, #""cost":1e99,"#])
    func isTokensTimesRatesWhereTheCostCannotBeBelieved(cost: String) throws {
        let amount = try #require(try amount("{\(cost)\(BookedAmountTests.tokens)}"))
        #expect(amount.cost == Money(nanodollars: 300))
        #expect(!amount.isStated)
    }

    @Test(arguments: [
        "{}", #"{"cost":null}"#, #"{"cost":-1,"prompt_tokens":1}"#,
        #"{"prompt_tokens":1,"completion_tokens":9223372036854775807}"#,
    ])
    func isUnknownWhereTokensDoNotTellEither(text: String) throws {
        #expect(try amount(text) == nil)
    }
}
