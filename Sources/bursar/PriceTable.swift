import Budgeting
import ExactMoney
import Foundation
import Gateway
import Ledger
import Pricing
import Upstream

/// Models and their prices as `bursar prices` shows them: read from a running gateway's answer, or from a catalogue.
struct PriceTable {
    struct Row {
        let model: String
        let contextTokens: Int64
        let prices: [Rates.Listed]
        let sheet: PriceSheet
    }

    struct Change {
        let at: String
        let model: String
        let old: [(name: String, rate: String)]
        let new: [(name: String, rate: String)]
    }

    /// Where the prices come from, for a person.
    let origin: String
    var rows: [Row]
    var changes: [Change]

    init(_ catalogue: Catalogue, origin: String) {
        self.origin = origin
        rows = catalogue.models.map {
            Row(model: $0.name.text, contextTokens: $0.contextTokens, prices: $0.prices.listed, sheet: $0.prices)
        }
        rows.sort { $0.model < $1.model }
        changes = []
    }

    /// - Throws: ``Stop`` for an answer that is none of `GET /api/admin/prices`.
    init(answer: JSONDocument, origin: String) throws {
        let root = answer.root
        guard let models = root["models"], models.kind == .array else {
            throw Stop("\(origin) gave no price list")
        }
        self.origin = origin
        rows = try models.elements.map { model in
            let sheet = try PriceTable.sheet(PriceTable.prices(model["prices"]))
            return Row(
                model: model["model"]?.string ?? "", contextTokens: model["contextTokens"]?.integer ?? 0,
                prices: sheet.listed, sheet: sheet)
        }
        changes = (root["changes"].map { Array($0.elements) } ?? []).map { change in
            Change(
                at: change["at"]?.string ?? "", model: change["model"]?.string ?? "",
                old: PriceTable.prices(change["old"]), new: PriceTable.prices(change["new"]))
        }
    }

    private static func prices(_ value: JSONValue?) -> [(name: String, rate: String)] {
        (value.map { Array($0.members) } ?? []).map { ($0.key, $0.value.string ?? "") }
    }

    /// Prices under conditions, `above 200000: prompt`, become tiers again.
    private static func sheet(_ prices: [(name: String, rate: String)]) throws -> PriceSheet {
        var base: [String: String] = [:]
        var conditions: [(name: String, prices: [String: String])] = []
        for (name, rate) in prices {
            let parts = name.components(separatedBy: ": ")
            guard parts.count == 2 else {
                base[name] = rate
                continue
            }
            if conditions.last?.name != parts[0] { conditions.append((parts[0], [:])) }
            conditions[conditions.count - 1].prices[parts[1]] = rate
        }
        return try PriceSheet(
            pricing: base,
            overrides: conditions.map {
                .init(
                    abovePromptTokens: $0.name.hasPrefix("above ") ? Int64($0.name.dropFirst(6)) : nil,
                    pricing: $0.prices)
            })
    }

    /// The changes that a ledger holds, newest first.
    static func changes(inLedger path: String) throws -> [Change] {
        let store: SQLiteStore
        do { store = try SQLiteStore.open(path: path) } catch { throw Stop("\(error)") }
        defer { try? store.close() }
        var names: [UInt32: String] = [:]
        for name in try store.names() where name.kind == .model { names[name.number] = name.text }
        var changes: [Change] = []
        try store.replay(after: try store.forgotten()) { batch in
            for entry in try Entry.decode(batch.entries) {
                guard case .priced(let model, let change) = entry.event else { continue }
                changes.append(
                    Change(
                        at: entry.at.rfc3339, model: names[model.number] ?? "#\(model.number)",
                        old: change.old.map { ($0.name, "\($0.rate)") }, new: change.new.map { ($0.name, "\($0.rate)") }
                    ))
            }
        }
        return changes.reversed()
    }
}
