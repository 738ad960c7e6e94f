import ExactMoney
import Testing

@testable import Upstream

@Suite struct GenerationRecordTests {
    private static func record(_ json: String) -> GenerationRecord? {
        GenerationRecord(Array(#"{"data":{"id":"g",\#(json)}}"#.utf8))
    }

    @Test func readsCostTokensAndProvider() throws {
        let record = try #require(
            Self.record(
                """
                "total_cost":0.0000123456,"is_byok":false,"tokens_prompt":3,"native_tokens_prompt":9,
                "native_tokens_completion":40,"provider_name":"Groq"
                """))
        #expect(record.cost == Money(nanodollars: 12_346))
        #expect(record.inputTokens == 9 && record.outputTokens == 40 && record.provider == "Groq")
    }

    @Test func addsWhatTheAccountsOwnKeyPaid() {
        let record = Self.record(#""total_cost":1e-06,"is_byok":true,"upstream_inference_cost":2E-5"#)
        #expect(record?.cost == Money(nanodollars: 21_000))
        #expect(Self.record(#""total_cost":1e-06,"is_byok":true,"upstream_inference_cost":null"#) == nil)
    }

    @Test(arguments: [
        #""total_cost":null"#, #""total_cost":-1"#, #""total_cost":"1""#, #""total_cost":-1e-12"#,
        #""total_cost":1e30"#,
        #""usage":1"#,
    ])
    func believesNoCostThatCannotBe(json: String) {
        #expect(Self.record(json) == nil)
    }

    @Test func asksOnlyForIdsThatFitAPath() {
        #expect(GenerationRecord.path(id: "gen-1_2.3~4") == "/generation?id=gen-1_2.3~4")
        for id in ["", "a b", "a&id=b", "a/../key", "é"] { #expect(GenerationRecord.path(id: id) == nil) }
    }
}

@Suite struct KeyStatusTests {
    private static func status(_ json: String) -> KeyStatus? { KeyStatus(Array(#"{"data":{\#(json)}}"#.utf8)) }

    @Test func addsOwnProviderKeysToEverySum() throws {
        let status = try #require(
            Self.status(
                """
                "usage":1.5,"byok_usage":0.25,"usage_daily":0.5,"byok_usage_daily":0.125,"usage_monthly":1,"limit":20
                """))
        #expect(status.usage == Money(nanodollars: 1_750_000_000))
        #expect(status.usageToday == Money(nanodollars: 625_000_000))
        #expect(status.usageThisMonth == Money(nanodollars: 1_000_000_000))
        #expect(status.limit == Money(nanodollars: 20_000_000_000))
    }

    @Test func tellsWhatIsMissing() {
        let status = Self.status(#""usage":0,"limit":null,"byok_usage":null"#)
        #expect(status?.usage == .zero && status?.limit == nil && status?.usageToday == nil)
        #expect(Self.status(#""limit":5"#) == nil)
        #expect(KeyStatus(Array("[]".utf8)) == nil)
    }
}

@Suite struct ActivityReportTests {
    @Test func readsDaysAndModels() {
        let json = """
            {"data":[{"date":"2026-08-20 00:00:00","model":"a/b","usage":0.5,"byok_usage_inference":0.25,"requests":3}]}
            """
        let report = ActivityReport(Array(json.utf8))
        #expect(
            report?.lines == [
                .init(day: "2026-08-20", model: "a/b", cost: Money(nanodollars: 750_000_000), requests: 3)
            ])
        #expect(ActivityReport(Array(#"{"data":[{"date":"2026-08-20"}]}"#.utf8)) == nil)
    }
}
