import ExactMoney
import Pricing

/// The plugins that a request names.
///
/// | Plugin | |
/// |---|---|
/// | any with `"enabled": false` | costs nothing |
/// | `context-compression`, `response-healing` | cost nothing |
/// | `web` with engine `exa`, `parallel` or `perplexity` | one search; what it finds fills the context |
/// | `web` with another engine, or none | refused: a provider's own search may run any number of times |
/// | `file-parser` | files are read by OCR, unless its engine is free of charge |
/// | others | refused: they run other models, or fetch without a limit |
///
/// Facts: https://openrouter.ai/docs/guides/features/plugins, read 2026-08.
struct Plugins {
    var fees = Picodollars.zero
    /// A search was asked for.
    var searches = false
    /// What reads files.
    var reader = Demand.Files.Reader.model

    private static let engines = ["exa", "parallel", "perplexity"]
    private static let mostResults: Int64 = 1_000

    init(_ plugins: JSONValue?) throws(RequestProblem) {
        guard let plugins else { return }
        guard plugins.kind == .array else { throw .wrongType("plugins", expected: "a list") }
        for (index, plugin) in plugins.elements.enumerated() {
            let param = "plugins[\(index)]"
            guard plugin.kind == .object, let id = plugin["id"]?.string else {
                throw .wrongType("\(param).id", expected: "a plugin's id")
            }
            if plugin["enabled"]?.bool == false { continue }
            switch id {
            case "context-compression", "response-healing": break
            case "web": try addSearch(plugin, param)
            case "file-parser": reader = Plugins.reader(plugin)
            default: throw .unbounded("\(param).id", "what the plugin '\(id.prefix(64))' costs has no bound")
            }
        }
    }

    private mutating func addSearch(_ plugin: JSONValue, _ param: String) throws(RequestProblem) {
        try Plugins.checkEngine(plugin, param)
        searches = true
        fees = fees + ListedFees.search(results: try Plugins.results(plugin, param))
    }

    static func checkEngine(_ options: JSONValue, _ param: String) throws(RequestProblem) {
        guard let engine = options["engine"]?.string, engines.contains(engine) else {
            throw .unbounded(
                "\(param).engine",
                "a provider's own search may run any number of times. Name the engine 'exa', 'parallel' or 'perplexity'"
            )
        }
    }

    /// How many results a search may bring; five where it does not say.
    static func results(_ options: JSONValue, _ param: String) throws(RequestProblem) -> Int64 {
        guard let value = options["max_results"], !value.isNull else { return 5 }
        guard let count = value.integer, 1...mostResults ~= count else {
            throw .wrongType("\(param).max_results", expected: "a whole number from 1 to \(mostResults)")
        }
        return count
    }

    private static func reader(_ parser: JSONValue) -> Demand.Files.Reader {
        guard let engine = parser["pdf"]?["engine"], !engine.isNull else { return .model }
        switch engine.string {
        case "native": return .model
        case "pdf-text", "cloudflare-ai": return .free
        default: return .ocr
        }
    }
}
