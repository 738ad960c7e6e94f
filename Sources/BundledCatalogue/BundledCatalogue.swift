/// Models that are known without asking, so that the sandbox and a first start have prices.
///
/// A seed, not a price source: prices move, and a gateway with a network fetches the live list and goes on fetching it.
///
/// Source: OpenRouter's public list, `GET https://openrouter.ai/api/v1/models`, captured 2026-08-21. Prices are that list's
/// decimal texts, the top provider's, in USD per unit. The choice is ours: 46 models of a dozen vendors, cheap and dear, with
/// every kind of price that ceilings know. Descriptions and other facts that nothing here needs are left out.
public enum BundledCatalogue {
    /// The day on which the facts were true.
    public static let captured = "2026-08-21"

    /// In the shape of OpenRouter's `GET /models`.
    public static let json: String =
        "{\"data\": [\n" + [anthropic, google, openAI, others].joined(separator: ",\n") + "\n]}\n"
}
