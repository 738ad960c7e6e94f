import NIOHTTP1
import Upstream

extension LocalRoute {
    /// `POST /messages/count_tokens`: Anthropic's count, answered here and never billed.
    ///
    /// An estimate on the high side, the same for the same body: one token for three bytes of its text, and what templates and
    /// tools add. Real tokenizers need one for about four bytes of English and one for two of Chinese.
    static let countTokens = LocalRoute(path: "/messages/count_tokens", method: .POST, refusals: .anthropic) {
        request throws(Refusal) in
        let messages = try request.priced(at: .messages)
        return "{\"input_tokens\":\(messages.inputTokensEstimate)}"
    }
}
