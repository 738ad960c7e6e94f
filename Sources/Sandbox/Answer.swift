/// What the model says: pieces of a token each, cut where the limit is reached.
struct Answer: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case text
        /// The pieces are the arguments' JSON.
        case toolCall(name: String)
    }

    let kind: Kind
    let pieces: [String]
    /// Why it ends where it does, in OpenAI's words.
    let finishReason: String

    var text: String { pieces.joined() }

    /// Of an endpoint that says nothing in tokens.
    static let nothing = Answer(kind: .text, pieces: [], finishReason: "stop")

    private init(kind: Kind, pieces: [String], finishReason: String) {
        self.kind = kind
        self.pieces = pieces
        self.finishReason = finishReason
    }

    /// The answer to `request`: always the same one for the same seed.
    ///
    /// - Parameters:
    ///   - limit: the most tokens it may have, at least 1.
    ///   - wanted: how many tokens it is to have; nil leaves it to chance.
    init(to request: ChatRequest, limit: Int, wanted: Int?, seed: UInt64) {
        precondition(limit > 0, "an answer has at least one token, got a limit of \(limit)")
        if wanted == nil, let tool = request.wantedTool {
            let fragments = tool.exampleArguments.text.fragments(of: 4)
            kind = .toolCall(name: tool.name)
            pieces = Array(fragments.prefix(limit))
            finishReason = fragments.count > limit ? "length" : "tool_calls"
        } else {
            var chance = Randomness(seed: seed)
            let length = wanted ?? 24 + chance.below(120)
            kind = .text
            pieces = Prose.pieces(count: min(length, limit), &chance)
            finishReason = length > limit ? "length" : "stop"
        }
    }
}

/// English words in sentences that mean nothing.
private enum Prose {
    private static let words = """
        the a this each our every budget call model token price answer question number result plan week morning team \
        river window letter garden story market engine reason small clear quiet steady useful careful early honest \
        plain ready keeps makes shows finds counts holds carries explains follows returns needs leaves with from \
        before after between under and but so because while often again today together slowly well
        """.split(separator: " ").map(String.init)

    /// One word a token; the blank belongs to the word after it.
    static func pieces(count: Int, _ chance: inout Randomness) -> [String] {
        var pieces: [String] = []
        pieces.reserveCapacity(count)
        var left = 0
        while pieces.count < count {
            let opens = left == 0
            if opens { left = 6 + chance.below(9) }
            left -= 1
            let word = words[chance.below(words.count)]
            let shown = opens ? word.prefix(1).uppercased() + word.dropFirst() : word
            pieces.append((pieces.isEmpty ? "" : " ") + shown + (left == 0 ? "." : ""))
        }
        return pieces
    }
}

extension String {
    fileprivate func fragments(of length: Int) -> [String] {
        var fragments: [String] = []
        var rest = self[...]
        while !rest.isEmpty {
            fragments.append(String(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return fragments
    }
}
