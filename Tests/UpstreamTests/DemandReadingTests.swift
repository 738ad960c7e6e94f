import ExactMoney
import Pricing
import Testing

@testable import Upstream

/// What a chat body comes to as a ``Demand``.
@Suite struct DemandReadingTests {
    private func demand(_ fields: String) throws -> Demand { try Bodies.request(with: fields).demand }

    private func demand(parts: String) throws -> Demand {
        let body = #"{"messages":[{"role":"user","content":[\#(parts)]}]}"#
        return try PricedRequest(Array(body.utf8), at: .chatCompletions).demand
    }

    private func image(_ url: String) -> String { #"{"type":"image_url","image_url":{"url":"\#(url)"}}"# }

    private func sound(_ bytes: [UInt8]) -> String {
        #"{"type":"input_audio","input_audio":{"data":"\#(Media.base64(bytes))","format":"wav"}}"#
    }

    // MARK: media

    @Test func aPictureCountsByItsPixelsAndNotAsText() throws {
        let url = Media.url(Media.png(640, 480) + Array(repeating: 7, count: 5_000))
        let small = try demand(parts: image("data:image/png;base64,"))
        let with = try demand(parts: image(url))
        #expect(with.images == [.sized(width: 640, height: 480)])
        // What stands before the comma is still text.
        #expect(with.textTokens == small.textTokens)
        #expect(with.mediaBytes == Int64(url.utf8.count - "data:image/png;base64,".utf8.count))
        #expect(with.open == [])
    }

    @Test func slashesThatAreEscapedChangeNothing() throws {
        let url = Media.url(Media.jpeg(30, 20) + Array(repeating: 0xFF, count: 300))
        #expect(url.contains("/////"))
        #expect(try demand(parts: image(url.replacing("/", with: #"\/"#))) == demand(parts: image(url)))
    }

    @Test(arguments: [
        "https://example.com/a.png", "http://127.0.0.1/a.png", "", "data:image/png;base64,AAAA",
        "data:image/png,%89PNG",
        "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=", "DATA:image/png;base64,iVBORw0KGgo=",
    ])
    func aPictureThatDoesNotTellItsSizeIsUnsizedAndTextAsWell(url: String) throws {
        let without = try demand(parts: image(""))
        let with = try demand(parts: image(url))
        #expect(with.images == [.unsized])
        #expect(with.mediaBytes == 0)
        #expect(with.textTokens == without.textTokens + Int64(url.utf8.count))
    }

    @Test func base64ThatIsBrokenInItsHeaderStaysText() throws {
        let url = Media.url(Media.png(640, 480))
        for broken in [url.replacing("base64,", with: "base64, "), url.replacing("base64,", with: #"base64,\n"#)] {
            let demand = try demand(parts: image(broken))
            #expect(demand.images == [.unsized] && demand.mediaBytes == 0)
        }
    }

    @Test func anAddressAloneIsAPictureToo() throws {
        let url = Media.url(Media.png(8, 8))
        #expect(
            try demand(parts: #"{"type":"image_url","image_url":"\#(url)"}"#).images == [.sized(width: 8, height: 8)])
    }

    @Test func picturesOfAnEarlierAnswerCount() throws {
        let body = #"""
            {"messages":[{"role":"assistant","content":"see","images":[\#(image(Media.url(Media.gif(9, 9))))]},
             {"role":"user","content":"more"}]}
            """#
        let demand = try PricedRequest(Array(body.utf8), at: .chatCompletions).demand
        #expect(demand.images == [.sized(width: 9, height: 9)])
    }

    @Test func aSoundCountsByItsLengthAndNotAsText() throws {
        let wave = Media.wave(rate: 8_000, block: 2, bytes: 16_000)
        let with = try demand(parts: sound(wave))
        let tokens = try #require(SoundHeader.mostTokens(Base64Text(Array(Media.base64(wave).utf8)[...])))
        #expect(with.audioTokens == tokens)
        #expect(with.mediaBytes == Int64(Media.base64(wave).utf8.count))
        #expect(with.textTokens < 1_000)
        #expect(with.open == [])
        let two = try demand(parts: sound(wave) + "," + sound(wave))
        #expect(two.audioTokens == 2 * tokens)
    }

    @Test func aSoundOfUnknownLengthIsOpenAndTextAsWell() throws {
        let with = try demand(parts: sound(Array("fLaC".utf8) + Array(repeating: 1, count: 3_000)))
        #expect(with.audioTokens == 0 && with.open == .audio && with.mediaBytes == 0)
        #expect(with.textTokens > 4_000)
    }

    @Test func whatHasNoLengthIsOpen() throws {
        #expect(try demand(parts: #"{"type":"video_url","video_url":{"url":"https://e.com/v.mp4"}}"#).open == .video)
        let file = try demand(parts: #"{"type":"file","file":{"filename":"a.pdf","file_data":"https://e.com/a.pdf"}}"#)
        #expect(file.open.isSuperset(of: [.document, .audio]))
        #expect(file.files == .init(count: 1, reader: .model))
        let stored = #"{"messages":[{"role":"assistant","audio":{"id":"audio_1"}},{"role":"user","content":"x"}]}"#
        #expect(try PricedRequest(Array(stored.utf8), at: .chatCompletions).demand.open == .audio)
    }

    @Test func theModelMustTakeWhatTheRequestHolds() throws {
        let body = #"{"messages":[{"role":"user","content":[PARTS]}]}"#
        func needs(_ parts: String) throws -> Capabilities {
            try PricedRequest(Array(body.replacing("PARTS", with: parts).utf8), at: .chatCompletions).needs
        }
        #expect(try needs(image("https://e.com/a.png")) == .images)
        #expect(try needs(sound([])) == .audio)
        #expect(try needs(#"{"type":"video_url","video_url":{"url":"x"}}"#) == .video)
        // Any model can be given a file's text.
        #expect(try needs(#"{"type":"file","file":{"file_data":"x"}}"#) == [])
    }

    // MARK: several answers, predictions, caches

    @Test func severalAnswersAndAPrediction() throws {
        #expect(try demand(#""n":5"#).answers == 5)
        #expect(try demand("").answers == 1)
        let prediction = try demand(#""prediction":{"type":"content","content":"0123456789"}"#)
        #expect(prediction.predictedTokens >= 10)
        #expect(prediction.textTokens > 10)
    }

    @Test(
        arguments: [
            ("", .unasked), (#""cache_control":null"#, .unasked), (#""cache_control":{"type":"ephemeral"}"#, .asked),
            (#""cache_control":{"type":"ephemeral","ttl":"5m"}"#, .asked),
            (#""cache_control":{"type":"ephemeral","ttl":"1h"}"#, .askedForAnHour),
            (#""tools":[{"type":"function","cache_control":{"ttl":"1h"}}]"#, .askedForAnHour),
            // Wherever it stands, however it is spelled, whatever else it says.
            (#""somewhere":[{"else":{"cache_control":{"type":"ephemeral"}}}]"#, .asked),
            (#""x":{"cache\u005fcontrol":{"ttl":"1h"}}"#, .askedForAnHour),
            (#""x":{"cache_control":{"type":"persistent","days":3}}"#, .askedForAnHour),
            (#""x":{"cache_control":5}"#, .asked), (#""x":"cache_control""#, .unasked),
            (#""prompt_cache_options":{}"#, .askedForAnHour), (#""prompt_cache_retention":"24h""#, .askedForAnHour),
            (#""prompt_cache_key":"k""#, .unasked),
        ] as [(String, Demand.Caching)])
    func knowsWhatIsSaidOfCaches(fields: String, caching: Demand.Caching) throws {
        #expect(try demand(fields).caching == caching)
    }

    // MARK: fees

    private static let dollar: Int128 = 1_000_000_000_000

    @Test func aSearchTakesItsFeeAndFillsTheContext() throws {
        let five = try demand(#""plugins":[{"id":"web","engine":"exa"}]"#)
        #expect(five.fees == Picodollars(15 * DemandReadingTests.dollar / 1_000))
        #expect(five.open.contains(.text))
        let many = try demand(#""plugins":[{"id":"web","engine":"parallel","max_results":25}]"#)
        #expect(many.fees == Picodollars(30 * DemandReadingTests.dollar / 1_000))
        #expect(try demand(#""plugins":[{"id":"web","enabled":false}]"#).fees == .zero)
    }

    @Test(
        arguments: [
            (#"{"id":"file-parser"}"#, .model), (#"{"id":"file-parser","pdf":{"engine":"native"}}"#, .model),
            (#"{"id":"file-parser","pdf":{"engine":"pdf-text"}}"#, .free),
            (#"{"id":"file-parser","pdf":{"engine":"mistral-ocr"}}"#, .ocr),
            (#"{"id":"file-parser","pdf":{"engine":"something-new"}}"#, .ocr),
            (#"{"id":"file-parser","enabled":false,"pdf":{"engine":"mistral-ocr"}}"#, .model),
        ] as [(String, Demand.Files.Reader)])
    func knowsWhatReadsFiles(plugin: String, reader: Demand.Files.Reader) throws {
        #expect(try demand(#""plugins":[\#(plugin)]"#).files.reader == reader)
    }

    @Test func aLoopOfServerToolsCostsItsLimitAndOneStepMore() throws {
        func fees(_ tools: String, _ stop: String) throws -> Int128 {
            let demand = try demand(#""tools":[\#(tools)],"stop_server_tools_when":[\#(stop)]"#)
            #expect(demand.open.contains(.text))
            return demand.fees.value
        }
        let search = #"{"type":"openrouter:web_search","parameters":{"engine":"exa","max_results":12}}"#
        let fetch = #"{"type":"openrouter:web_fetch"}"#
        let max = #"{"type":"max_cost","max_cost_in_dollars":0.5}"#
        let milli = DemandReadingTests.dollar / 1_000
        #expect(try fees(search, max) == 500 * milli + 30 * 17 * milli)
        #expect(try fees(fetch, max) == 500 * milli + 30 * milli)
        #expect(try fees(search + "," + fetch, max) == 500 * milli + 30 * 17 * milli)
        #expect(try fees(#"{"type":"openrouter:datetime"}"#, max) == 500 * milli)
        // The least of several ends the loop.
        let less = #"{"type":"max_cost","max_cost_in_dollars":1e-2},{"type":"step_count_is","step_count":3}"#
        #expect(try fees(fetch, "\(max),\(less)") == 10 * milli + 30 * milli)
    }

    // MARK: models

    @Test func namesTheModelsThatUpstreamMayTurnTo() throws {
        #expect(try Bodies.request(with: #""models":["a/b","c/d"]"#).alternatives == ["a/b", "c/d"])
        #expect(try Bodies.request(with: "").alternatives == [])
    }

    // MARK: every byte

    @Test(arguments: 1...4)
    func noByteIsNeitherTextNorMedia(seed: UInt64) throws {
        var chance = Seeded(seed)
        for _ in 0..<50 {
            let parts = (0..<chance.number(1...5)).map { _ -> String in
                let size = Int(chance.number(1...999))
                return switch chance.number(0...3) {
                case 0: image(Media.url(Media.png(size, 5) + Array(repeating: 1, count: size)))
                case 1: image("https://example.com/\(size).png")
                case 2: sound(Media.wave(rate: 8_000, block: 1, bytes: size))
                default: #"{"type":"text","text":"\#(String(repeating: "é", count: size))"}"#
                }
            }
            let body = #"{"messages":[{"role":"user","content":[\#(parts.joined(separator: ","))]}]}"#
            let demand = try PricedRequest(Array(body.utf8), at: .chatCompletions).demand
            #expect(demand.textTokens + demand.mediaBytes >= Int64(body.utf8.count))
        }
    }
}
