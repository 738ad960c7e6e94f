import ExactMoney

/// What a demand can come to on one model.
///
/// | Part | Bound |
/// |---|---|
/// | text | every byte a token, at the dearest that a cached or uncached prompt token costs |
/// | images | ``ImageTokens`` by their pixels, and the listed price per image |
/// | sound | its length at 50 tokens a second, where the length is known |
/// | video, files, sound of unknown length, search results | the rest of the context, at the dearest kind they hold |
/// | files without a reader of the model's own | ``ListedFees/fileByOCR`` each |
/// | output | the limit, at the dearest kind that the model answers in; predicted tokens on top |
/// | `n` | all of it as often |
/// | tiers and clock overrides | each that the tokens can reach, at any hour, part by part |
/// | own provider keys | 5 % on all of it |
///
/// A prompt longer than the context is refused upstream, so the context bounds all input together; the dearest kinds are
/// taken to fill it first.
extension Model {
    /// The most that a call with this demand can cost.
    public func ceiling(for demand: Demand) -> Ceiling {
        guard demand.inputs <= 1 else { return ceiling(forEachOf: demand) }
        let input = input(of: demand)
        let total = min(input.reduce(Int64(0)) { $0.adding($1.tokens) }, contextTokens)
        let lines = prices.rates(reachableWith: total).map { line(at: $0, demand, input) }
        let dearest = lines.dropFirst().reduce(lines[0], Ceiling.dearest)
        return dearest.times(max(1, demand.answers)).adding(demand.fees).adding(ocr(demand.files)).withOwnKeyFee
    }

    /// The context bounds each input by itself, so all of them together by that many contexts.
    private func ceiling(forEachOf demand: Demand) -> Ceiling {
        var wide = self
        let (tokens, overflow) = contextTokens.multipliedReportingOverflow(by: demand.inputs)
        wide.contextTokens = overflow ? .max : tokens
        var together = demand
        together.inputs = 1
        return wide.ceiling(for: together)
    }

    private func ocr(_ files: Demand.Files) -> Picodollars {
        let readsByOCR =
            switch files.reader {
            case .model: !capabilities.contains(.documents)
            case .free: false
            case .ocr: true
            }
        return readsByOCR ? ListedFees.fileByOCR * files.count : .zero
    }

    /// An image that a model answers with may be more tokens than the limit allows: the largest of today have 6 240 (OpenAI,
    /// high quality, 1024 × 1536) and about 2 000 (Gemini 3, 4K). One such image is added to every answer.
    private static let largestImageTokens: Int64 = 8_192

    private func line(at rates: Rates, _ demand: Demand, _ input: [Part]) -> Ceiling {
        let output = rates.output(answersIn)
        var fixed = rates.perRequest * 1 + (rates.image ?? .zero) * Int64(demand.images.count)
        var left = contextTokens
        let priced = input.map { (rate: rates.input($0.kinds, demand.caching), tokens: $0.tokens) }
        for part in priced.sorted(by: { ($1.rate, $1.tokens) < ($0.rate, $0.tokens) }) {
            let tokens = min(part.tokens, left)
            fixed = fixed + part.rate * tokens
            left -= tokens
        }
        fixed = fixed + output * demand.predictedTokens
        if answersIn.contains(.image) { fixed = fixed + output * Model.largestImageTokens }
        let searches = demand.listedSearches.adding(searchesUnasked ? 1 : 0)
        return Ceiling(fixed: fixed + (rates.webSearch ?? .zero) * searches, perOutputToken: output)
    }

    /// Some of the input that has one price, and the most tokens it can be.
    private struct Part {
        let kinds: Demand.Kinds
        let tokens: Int64
    }

    private func input(of demand: Demand) -> [Part] {
        let takesMedia =
            (demand.images.isEmpty || capabilities.contains(.images))
            && (demand.audioTokens == 0 || capabilities.contains(.audio))
        let text = takesMedia ? demand.textTokens : demand.textTokens.adding(demand.mediaBytes)
        var parts = [Part(kinds: .text, tokens: text), Part(kinds: .audio, tokens: demand.audioTokens)]
        let images = demand.images.reduce(Int64(0)) {
            $0.adding(min(ImageTokens.most($1, model: name) ?? contextTokens, contextTokens))
        }
        parts.append(Part(kinds: .image, tokens: images))
        let open = searchesUnasked ? demand.open.union(.text) : demand.open
        if !open.isEmpty { parts.append(Part(kinds: open, tokens: contextTokens)) }
        return parts.map { Part(kinds: $0.kinds, tokens: min(max(0, $0.tokens), contextTokens)) }
    }
}

extension Int64 {
    /// The sum; at most what fits.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
