public import Upstream

/// The ledger's head at the foot of what is shown to people: by it anyone can prove later that these were the books.
public enum HeadLine {
    /// - Parameter head: `BATCH:HASH`.
    public static func text(_ head: String) -> String { "The ledger's head: \(head)" }

    /// Nil where an older gateway did not tell it.
    public static func text(_ root: JSONValue) -> String? { root["head"]?.string.map { text($0) } }

    public static func below(_ told: String, _ root: JSONValue) -> String {
        [told, text(root)].compactMap { $0 }.joined(separator: "\n")
    }
}
