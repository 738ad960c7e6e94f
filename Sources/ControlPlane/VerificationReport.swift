import Budgeting
import ExactMoney
public import Ledger
public import Upstream

/// What `bursar verify` and `GET /api/admin/verify` say. Money is decimal text.
public struct VerificationReport: Sendable {
    public let json: String
    /// For a person.
    public let text: String
    public let holds: Bool

    static let schema = Schema.object([
        Schema.field("holds", .boolean), Schema.optional("head", .text(.head), "Batch and hash: note it elsewhere."),
        Schema.optional("firstBatch", .whole(0...Int64.max), "Those before it are in a snapshot, taken on its word."),
        Schema.optional("batches", .whole(0...Int64.max)), Schema.optional("entries", .whole(0...Int64.max)),
        Schema.optional("calls", .whole(0...Int64.max)), Schema.optional("closed", .whole(0...Int64.max)),
        Schema.optional("overruns", .whole(0...Int64.max)), Schema.optional("snapshots", .whole(0...Int64.max)),
        Schema.optional("settledUsd", .usd), Schema.optional("outsideUsd", .usd),
        Schema.optional("inFlight", .whole(0...Int64.max)), Schema.optional("unresolved", .whole(0...Int64.max)),
        Schema.optional("unresolvedUsd", .usd), Schema.optional("lastEntryAt", .nullable(.text(.instant))),
        Schema.optional("batch", .nullable(.whole(0...Int64.max)), "The first that does not hold."),
        Schema.optional("entry", .nullable(.whole(0...Int64.max))), Schema.optional("problem", .anyText),
    ])

    public init(_ verification: Verification) {
        holds = true
        json = """
            {"holds":true,"head":\(JSONText.quoted(verification.head.description)),\
            "firstBatch":\(verification.first),"batches":\(verification.batches),"entries":\(verification.entries),\
            "calls":\(verification.calls),"closed":\(verification.closed),"overruns":\(verification.overruns),\
            "snapshots":\(verification.snapshots),"settledUsd":"\(verification.settled)",\
            "outsideUsd":"\(verification.outside)","inFlight":\(verification.inFlight),\
            "unresolved":\(verification.unresolved),"unresolvedUsd":"\(verification.unresolvedHeld)",\
            "lastEntryAt":\(verification.lastInstant.map { "\"\($0.rfc3339)\"" } ?? "null")}
            """
        text = Self.text(of: json)
    }

    public init(_ broken: Verifier.Broken) {
        holds = false
        json = """
            {"holds":false,"batch":\(broken.batch.map(String.init) ?? "null"),\
            "entry":\(broken.entry.map(String.init) ?? "null"),"problem":\(JSONText.quoted(broken.what))}
            """
        text = Self.text(of: json)
    }

    public init(_ error: LedgerError) {
        holds = false
        json = #"{"holds":false,"batch":null,"entry":null,"problem":\#(JSONText.quoted(error.description))}"#
        text = Self.text(of: json)
    }

    private static func text(of json: String) -> String {
        (try? JSONDocument(Array(json.utf8))).map { text(of: $0.root) } ?? json
    }

    /// What the JSON says, for a person.
    public static func text(of root: JSONValue) -> String {
        func number(_ name: String) -> String { root[name].map { String(decoding: $0.text, as: UTF8.self) } ?? "?" }
        func usd(_ name: String) -> String {
            let units = root[name]?.string.flatMap { try? ExactDecimal.scaled($0.utf8, decimals: 9, rounding: .down) }
            return units.map { MoneySum(nanodollars: $0).dollars } ?? "?"
        }
        guard root["holds"]?.bool == true else {
            let place = [("batch", root["batch"]?.integer), ("entry", root["entry"]?.integer)]
                .compactMap { name, number in number.map { "\(name) \($0)" } }
            return "The ledger does not hold. " + (place.isEmpty ? "" : place.joined(separator: ", ") + ": ")
                + (root["problem"]?.string ?? "")
        }
        var lines = [
            "The ledger holds: \(number("entries")) entries in \(number("batches")) batches, "
                + "\(number("calls")) calls, \(usd("settledUsd")) settled.",
            "Unresolved: \(number("unresolved")) calls, \(usd("unresolvedUsd")). "
                + "Overruns: \(number("overruns")). Spent by others on the key: \(usd("outsideUsd")).",
        ]
        if root["firstBatch"]?.integer ?? 0 > 1 {
            lines.append(
                "Batches before \(number("firstBatch")) were folded into a snapshot, and are taken on its word.")
        }
        return HeadLine.below(lines.joined(separator: "\n"), root)
    }
}
