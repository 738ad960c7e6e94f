import ExactMoney
import Logging
import Pricing
import Testing

@testable import bursar

/// What a reload needs to know of settings before it takes them up.
@Suite struct LiveSettingsTests {
    private func configuration(_ variables: [String: String], _ yaml: String = "") throws -> Configuration {
        try Configuration(Environment(variables), ConfigFile(yaml, name: "bursar.yaml"))
    }

    @Test func everyModelThatIsNamedIsLookedUpAndTheMistakeHasItsPlace() throws {
        let configuration = try configuration(
            ["PRIMARY_MODEL": "openai/gpt-5.3"],
            """
            models:
              chain: [openai/gpt-5-mini, no/chain]
              chains: {openai/gpt-5.2: [no/own]}
              aliases: {fast: no/alias, good: openai/gpt-5.2}
            policies:
              strict: {chain: [no/policy]}
            """)
        let problems = configuration.settings.unpriced(in: try PriceSource.bundled()).map(configuration.text)
        #expect(problems.count == 5)
        #expect(problems.contains { $0.hasPrefix("PRIMARY_MODEL names 'openai/gpt-5.3', which") })
        #expect(problems.contains { $0.contains("gpt-5.3") && $0.contains("did you mean openai/gpt-5") })
        #expect(problems.contains { $0.hasPrefix("bursar.yaml:2 models.chain: names 'no/chain'") })
        #expect(problems.contains { $0.hasPrefix("bursar.yaml:3 models.chains.openai/gpt-5.2: names 'no/own'") })
        #expect(problems.contains { $0.hasPrefix("bursar.yaml:4 models.aliases.fast: names 'no/alias'") })
        #expect(problems.contains { $0.hasPrefix("bursar.yaml:6 policies.strict.chain: names 'no/policy'") })
    }

    @Test func ownPricesLieOverTheListAndAWrongOneIsLeftOut() throws {
        let settings = try configuration([
            "PRICE_OVERRIDES": """
            {"openai/gpt-5.2":{"prompt":"0.000009"},"my/model":{"prompt":"1"},"openai/gpt-5-mini":{"prmpt":"1"}}
            """, "MODEL_ALIASES": #"{"fast":"openai/gpt-5-mini"}"#,
        ]).settings
        let bundled = try PriceSource.bundled()
        let (catalogue, problems) = settings.ownPrices.laid(over: bundled)
        #expect(catalogue.resolve("openai/gpt-5.2")?.prices.base.prompt == Rate(picodollars: 9_000_000))
        #expect(catalogue.resolve("fast")?.name.text == "openai/gpt-5-mini")
        #expect(bundled.resolve("fast") == nil, "the list beneath is as it was")
        #expect(problems.count == 2)
        #expect(problems.contains { $0.description.hasPrefix("PRICE_OVERRIDES of my/model is of a model that") })
        #expect(problems.contains { $0.description.contains("of openai/gpt-5-mini names 'prmpt'") })
    }

    @Test func loggersShareTheStyle() {
        let style = LogStyle(.info, .text)
        var one = Logger(label: "one") { _ in LineLog(style) }
        let quiet = Logger(label: "quiet") { _ in LineLog(style, level: .warning) }
        #expect(one.logLevel == .info && quiet.logLevel == .warning)
        style.adopt(.trace, .json)
        #expect(one.logLevel == .trace && quiet.logLevel == .warning && style.format == .json)
        one.logLevel = .error
        #expect(one.logLevel == .error && style.level == .trace)
    }

    @Test func exportersAreComparedByAllTheySay() throws {
        func sinks(_ more: [String: String]) throws -> [SinkSettings] {
            let all = [
                "LOKI_HOST": "http://a:1", "PHOENIX_HOST": "http://b:1", "CLOUDWATCH_ENABLED": "true",
                "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a",
            ]
            return try configuration(all.merging(more) { $1 }).settings.exports.sinks
        }
        let before = try sinks([:])
        let again = try sinks([:])
        #expect(before.count == 3 && before == again)
        for (name, index) in [("LOKI_PASSWORD", 0), ("PHOENIX_API_KEY", 1), ("AWS_ACCESS_KEY_ID", 2)] {
            let after = try sinks([name: "other"])
            #expect(after.indices.filter { after[$0] != before[$0] } == [index], "\(name)")
        }
    }
}
