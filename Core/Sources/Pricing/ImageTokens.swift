/// The most prompt tokens that one image comes to.
///
/// | Vendor | Rule | At most |
/// |---|---|---|
/// | any, by pixels | 4 tokens for each 32 × 32, and 2 304 for those that charge by the image | |
/// | Gemini, by pixels | 258 for each tile, a tile's side between 256 and 768 | |
/// | `gpt-4o-mini` | 2 833 + 5 667 for each of up to 8 tiles, whatever is left after scaling | 48 169 |
/// | OpenAI models up to `gpt-5` | up to 8 tiles of 170 after 85, or 1 536 patches times 2.46 | 4 096 |
/// | other OpenAI models | up to 30 000 patches times 2.46 | 73 800 |
/// | Claude | ⌈w/28⌉ × ⌈h/28⌉ after scaling, 4 784 | 5 120 |
/// | Gemini 3 | by `media_resolution`, 2 240 | 2 304 |
/// | other Gemini | the number of tiles depends on the size | the context |
/// | others | not documented | the context |
///
/// Sources, read 2026-08: https://developers.openai.com (images and vision), https://platform.claude.com/docs (vision),
/// https://ai.google.dev/gemini-api/docs (tokens, media resolution). The general rule lies above each vendor's own for
/// every size (decision 17).
enum ImageTokens {
    /// Nil where only the context bounds it.
    static func most(_ image: Demand.Image, model: ModelName) -> Int64? {
        let name = model.text.lowercased()
        if name.hasPrefix("openai/gpt-4o-mini") { return 48_169 }
        let cap = cap(name)
        guard case .sized(let width, let height) = image, width > 0, height > 0 else { return cap }
        let sized = bySize(min(width, longestSide), min(height, longestSide))
        return cap.map { min($0, sized) } ?? sized
    }

    /// Beyond this no header is believed; the context bounds such an image anyhow.
    private static let longestSide: Int64 = 1 << 24

    private static func bySize(_ width: Int64, _ height: Int64) -> Int64 {
        let general = 4 * parts(width, 32) * parts(height, 32) + 2_304
        let tile = min(max(min(width, height) * 2 / 3, 256), 768)
        return max(general, 258 * parts(width, tile) * parts(height, tile))
    }

    private static func parts(_ side: Int64, _ length: Int64) -> Int64 { (side + length - 1) / length }

    private static func cap(_ name: String) -> Int64? {
        switch name.prefix(while: { $0 != "/" }) {
        case "openai": isOlderOpenAI(name.dropFirst(7)) ? 4_096 : 73_800
        case "anthropic": 5_120
        case "google": name.hasPrefix("google/gemini-3") ? 2_304 : nil
        default: nil
        }
    }

    /// By whole name, dated or not: `gpt-5-mini` and `gpt-5-mini-2025-08-07`, but not `gpt-5.2`.
    private static func isOlderOpenAI(_ slug: Substring) -> Bool {
        ["gpt-4o", "gpt-4.1", "gpt-4-turbo", "gpt-5", "gpt-5-mini", "gpt-5-nano", "o1", "o3", "o4-mini"].contains {
            slug == $0 || slug.hasPrefix($0 + "-20")
        } || slug.hasPrefix("gpt-4.1-")
    }
}
