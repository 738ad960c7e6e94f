import ExactMoney
import Pricing

// Entry points for libFuzzer. `scripts/fuzz.sh` compiles this file into the module `Upstream` with address sanitizer, one
// program for each target. A failed `precondition` is a finding.

#if FUZZ_BODY
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBody(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.body(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
#elseif FUZZ_USAGE
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUsage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.usage(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
#elseif FUZZ_EVENTS
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvents(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.events(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
#elseif FUZZ_MEDIA
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMedia(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.media(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
#endif

enum Fuzz {
    private static let prices = PriceSheet(
        base: Rates(prompt: Rate(picodollars: 1_250_000), completion: Rate(picodollars: 10_000_000)))

    /// A request body on every endpoint: an accepted body has bounds that are not negative, and its rewritten form is JSON
    /// that names the model and is accepted again.
    static func body(_ bytes: [UInt8]) {
        for endpoint in Endpoint.all {
            guard let request = try? PricedRequest(bytes, at: endpoint) else { continue }
            precondition(request.inputTokensBound >= 0, "a negative bound of input tokens")
            precondition(request.inputs >= 0, "a negative number of inputs")
            let model = ModelName("openai/gpt-5-mini")
            let pin = PricePin(prices.pinned, for: request.demand)
            let sent = request.body(model: model, outputTokens: 16, pin: pin)
            guard let document = try? JSONDocument(sent) else { preconditionFailure("the body sent is not JSON") }
            precondition(document.root["model"]?.string == model.text, "the body sent names another model")
            _ = CacheControl.asked(in: document)
        }
    }

    /// An answer of every endpoint and the records of the provider: no amount is negative.
    static func usage(_ bytes: [UInt8]) {
        if let record = GenerationRecord(bytes) { precondition(record.cost >= .zero, "a negative cost of a record") }
        if let status = KeyStatus(bytes) { precondition(status.usage >= .zero, "a negative usage of the key") }
        guard let document = try? JSONDocument(bytes) else { return }
        for endpoint in Endpoint.all {
            guard let usage = endpoint.usage(in: document) else { continue }
            guard let amount = usage.amount(prices: prices) else { continue }
            precondition(amount.cost >= .zero, "a negative amount")
        }
    }

    /// A stream of every endpoint, whole and in pieces whose size is the first byte: both give the same bytes and facts.
    static func events(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let stream = bytes.dropFirst()
        let size = Int(first) + 1
        for endpoint in Endpoint.all {
            var whole = EventStream(of: endpoint)
            var outOfWhole: [UInt8] = []
            whole.take(stream, into: &outOfWhole)
            var pieces = EventStream(of: endpoint)
            var outOfPieces: [UInt8] = []
            var rest = stream
            while !rest.isEmpty {
                pieces.take(rest.prefix(size), into: &outOfPieces)
                rest = rest.dropFirst(size)
            }
            precondition(outOfWhole == outOfPieces, "the bytes depend on how the stream is cut")
            precondition(whole.usage == pieces.usage, "the usage depends on how the stream is cut")
            precondition(whole.isDone == pieces.isDone, "the end depends on how the stream is cut")
            precondition(whole.hasError == pieces.hasError, "the error depends on how the stream is cut")
            whole.finish()
        }
    }

    /// Headers of images and sound, from base64 text and from bytes encoded here: no size or length is negative.
    static func media(_ bytes: [UInt8]) {
        for text in [Base64Text(bytes[...]), Base64Text(encoded(bytes)[...])] {
            if case .sized(let width, let height)? = ImageHeader.size(text) {
                precondition(width >= 0 && height >= 0, "a negative size of an image")
            }
            if let tokens = SoundHeader.mostTokens(text) { precondition(tokens >= 0, "a negative length of sound") }
        }
    }

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let group = (0..<3).map { index + $0 < bytes.count ? Int(bytes[index + $0]) : 0 }
            let bits = group[0] << 16 | group[1] << 8 | group[2]
            for position in 0..<4 {
                let isPadding = position > bytes.count - index
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[bits >> (18 - 6 * position) & 63])
            }
            index += 3
        }
        return text
    }
}
