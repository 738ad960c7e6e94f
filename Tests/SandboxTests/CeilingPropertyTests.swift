import BundledCatalogue
import ExactMoney
import Foundation
import Pricing
import Testing
import Upstream

@testable import Sandbox

/// Two independent accounts of the same requests: the gateway's ceiling, and the sandbox's bill, which shares neither parser nor
/// prices with it and takes everything at its dearest: a token for every byte, pictures by each vendor's own rule, caches
/// written, the answer as long as allowed, paid with an own provider key.
@Suite struct CeilingPropertyTests {
    private static let catalogue = Result { try CatalogueReader.models(Array(BundledCatalogue.json.utf8)) }
    private static let offers = Result { try PriceList(json: BundledCatalogue.json) }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func theBillNeverPassesTheCeiling(seed: UInt64) throws {
        let models = try Self.catalogue.get()
        let offers = try Self.offers.get()
        var requests = RequestMaker(chance: Randomness(seed: seed), models: models.map(\.name.text))
        var billed = 0
        var closest: Int128 = 0
        for _ in 0..<300 {
            let made = requests.next()
            let request = try PricedRequest(Array(made.body.utf8), at: .chatCompletions)
            let named = try ([made.model] + request.alternatives).map { name in
                try #require(models.first { $0.name.text == name })
            }
            let ceiling = named.map { $0.ceiling(for: request.demand) }.reduce(
                Ceiling(fixed: .zero, perOutputToken: .zero), Ceiling.dearest)
            let amount = try #require(ceiling.amount(outputTokens: Int64(made.limit)))
            for model in named {
                let offer = try #require(offers[model.name.text])
                guard let bill = try Self.bill(made, on: offer) else { continue }
                billed += 1
                let most = Int128(amount.nanodollars) * 1_000
                #expect(
                    bill.value <= most,
                    "seed \(seed): \(offer.name) bills \(bill.usd) over \(amount): \(made.body.prefix(2_000))")
                if most > 0 { closest = max(closest, bill.value * 100 / most) }
            }
        }
        // Neither account is empty, and the ceiling is no idle number.
        #expect(billed > 150, "only \(billed) requests fit their model's context")
        #expect(closest > 80, "the dearest bill reached \(closest) % of its ceiling")
    }

    /// - Returns: nil where the prompt does not fit the context: such a call is refused and costs nothing.
    private static func bill(_ made: RequestMaker.Made, on offer: Offer) throws -> Picodollars? {
        let bytes = Data(made.body.utf8)
        let read = try JSONDecoder().decode(ChatRequest.self, from: bytes)
        let used = Consumption(
            of: try JSONDecoder().decode(JSON.self, from: bytes), on: offer, textTokens: read.bytesAndTemplates)
        guard used.promptTokens < offer.contextTokens else { return nil }
        return Charge.ownKey(offer.price(used, completionTokens: made.limit, minute: made.minute)).total
    }
}

/// Chat requests of every kind that has a price.
private struct RequestMaker {
    struct Made {
        let model: String
        let body: String
        let limit: Int
        let minute: Int
    }

    var chance: Randomness
    let models: [String]

    mutating func next() -> Made {
        let model = models[chance.below(models.count)]
        let limit = 1 + chance.below(chance.below(2) == 0 ? 200 : 8_000)
        var fields = [#""model":"\#(model)""#, #""max_tokens":\#(limit)"#, #""messages":[\#(messages())]"#]
        if once(in: 6) { fields.append(#""n":\#(1 + chance.below(5))"#) }
        if once(in: 6) { fields.append(#""prediction":{"type":"content","content":"\#(text())"}"#) }
        if once(in: 5) { fields.append(#""reasoning":{"effort":"high"}"#) }
        if once(in: 6) { fields.append(#""cache_control":{"type":"ephemeral"\#(lifetime())}"#) }
        if once(in: 8) { fields.append(#""models":["\#(models[chance.below(models.count)])","\#(model)"]"#) }
        if once(in: 5) { fields.append(#""response_format":{"type":"json_schema","json_schema":{"x":"\#(text())"}}"#) }
        if once(in: 4) { fields.append(tools()) }
        if once(in: 5) { fields.append(plugins()) }
        return Made(
            model: model, body: "{\(fields.joined(separator: ","))}", limit: limit, minute: chance.below(1_440))
    }

    private mutating func once(in times: Int) -> Bool { chance.below(times) == 0 }

    private mutating func lifetime() -> String { ["", #","ttl":"5m""#, #","ttl":"1h""#][chance.below(3)] }

    private mutating func messages() -> String {
        (0...chance.below(4)).map { _ in
            let parts = (0...chance.below(3)).map { _ in part() }
            return #"{"role":"user","content":[\#(parts.joined(separator: ","))]}"#
        }.joined(separator: ",")
    }

    private mutating func part() -> String {
        switch chance.below(14) {
        case 0: #"{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}"#
        case 1, 2, 3: #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(picture())"}}"#
        case 4: #"{"type":"input_audio","input_audio":{"data":"\#(sound())","format":"wav"}}"#
        case 5: #"{"type":"video_url","video_url":{"url":"https://example.com/a.mp4"}}"#
        case 6: #"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}"#
        case 7: #"{"type":"text","text":"\#(text())","cache_control":{"type":"ephemeral"\#(lifetime())}}"#
        default: #"{"type":"text","text":"\#(text())"}"#
        }
    }

    /// Mostly short; now and then long enough to reach a tier.
    private mutating func text() -> String {
        let words = ["a", "é", "€", "\u{1F600}", "word ", #"\n"#, #"\u00e9"#, #"\""#]
        let count = once(in: 200) ? 40_000 + chance.below(40_000) : chance.below(200)
        let word = words[chance.below(words.count)]
        return String(repeating: word, count: count)
    }

    private mutating func picture() -> String {
        func side() -> Int { 1 + chance.below([40, 800, 5_000, 20_000][chance.below(4)]) }
        let (width, height) = (side(), side())
        let forms: [[UInt8]] = [
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52] + big(width, 4)
                + big(height, 4) + [8, 6, 0, 0, 0],
            [0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8] + big(height, 2) + big(width, 2) + [3, 1, 2, 3],
            Array("GIF89a".utf8) + big(width, 2).reversed() + big(height, 2).reversed() + [0, 0, 0, 0x2C, 0, 0, 0, 0]
                + big(width, 2).reversed() + big(height, 2).reversed() + [0],
            Array("RIFF".utf8) + big(30, 4).reversed() + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0]
                + big(width - 1, 3).reversed() + big(height - 1, 3).reversed(),
        ]
        let data = forms[chance.below(4)] + Array(repeating: UInt8(chance.below(256)), count: chance.below(600))
        return Data(data).base64EncodedString()
    }

    private mutating func sound() -> String {
        let rate = [8_000, 16_000, 44_100][chance.below(3)]
        let samples = Array(repeating: UInt8(5), count: chance.below(20_000))
        let wave =
            Array("RIFF".utf8) + big(36, 4).reversed() + Array("WAVEfmt ".utf8) + [16, 0, 0, 0, 1, 0, 1, 0]
            + big(rate, 4).reversed() + big(2 * rate, 4).reversed() + [2, 0, 16, 0] + Array("data".utf8)
            + big(samples.count, 4).reversed() + samples
        let forms = [
            wave, [0xFF, 0xF3, 0x18, 0xC4] + samples.prefix(20_000), Array("fLaC".utf8) + samples.prefix(100),
        ]
        return Data(forms[chance.below(3)]).base64EncodedString()
    }

    private mutating func tools() -> String {
        let function = #"{"type":"function","function":{"name":"f","description":"\#(text())"}}"#
        guard once(in: 2) else { return #""tools":[\#(function)]"# }
        let results = 1 + chance.below(40)
        let served = [
            #"{"type":"openrouter:web_search","parameters":{"engine":"exa","max_results":\#(results)}}"#,
            #"{"type":"openrouter:web_fetch"}"#, #"{"type":"openrouter:datetime"}"#,
        ][chance.below(3)]
        let most = "0.\(chance.below(10))\(1 + chance.below(9))"
        return
            #""tools":[\#(function),\#(served)],"stop_server_tools_when":[{"type":"max_cost","max_cost_in_dollars":\#(most)}]"#
    }

    private mutating func plugins() -> String {
        let results = 1 + chance.below(40)
        let engine = ["native", "pdf-text", "mistral-ocr"][chance.below(3)]
        let plugin = [
            #"{"id":"web","engine":"exa","max_results":\#(results)}"#, #"{"id":"web","engine":"parallel"}"#,
            #"{"id":"file-parser","pdf":{"engine":"\#(engine)"}}"#, #"{"id":"fusion","enabled":false}"#,
        ][chance.below(4)]
        return #""plugins":[\#(plugin)]"#
    }

    private func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(value >> (8 * $0) & 0xFF) }
    }
}
