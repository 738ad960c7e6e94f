public import ExactMoney

/// What OpenRouter charges beside tokens, in USD.
///
/// | Item | Fee | Taken here |
/// |---|---|---|
/// | a web search with Exa | $0.007 for 10 results; 0.012 deep, 0.015 deep-reasoning | $0.015 |
/// | a web search with Parallel or Perplexity | $0.001–0.005, $0.005 | $0.015 |
/// | each result beyond the tenth | $0.001 | $0.001 |
/// | a page fetched | $1 for 1 000 | $0.001 |
/// | a PDF page read by OCR | $2 for 1 000; at most 1 000 pages a document | $2 a file |
///
/// Sources, read 2026-08: https://openrouter.ai/docs/guides/features/plugins/web-search, guides/features/server-tools,
/// guides/overview/multimodal/pdfs; the pages from https://docs.mistral.ai (OCR limits).
public enum ListedFees {
    public static func search(results: Int64) -> Picodollars {
        searchWithTenResults * 1 + moreResults * max(0, results - 10)
    }

    public static let fetch = Rate(picodollars: 1_000_000_000) * 1
    public static let fileByOCR = Rate(picodollars: 2_000_000_000_000)

    private static let searchWithTenResults = Rate(picodollars: 15_000_000_000)
    private static let moreResults = Rate(picodollars: 1_000_000_000)
}
