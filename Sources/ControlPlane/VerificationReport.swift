import Budgeting
import ExactMoney
public import Ledger
import Upstream

/// What `bursar verify` and `GET /api/admin/verify` say. Money is decimal text.
public struct VerificationReport: Sendable {
    public let json: String
    /// For a person.
    public let text: String
    public let holds: Bool

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
        var lines = [
            "The ledger holds: \(verification.entries) entries in \(verification.batches) batches, "
                + "\(verification.calls) calls, \(verification.settled.dollars) settled.",
            "Unresolved: \(verification.unresolved) calls, \(verification.unresolvedHeld.dollars). "
                + "Overruns: \(verification.overruns). Spent by others on the key: \(verification.outside.dollars).",
        ]
        if verification.first > 1 {
            lines.append("Batches before \(verification.first) were folded into a snapshot, and are taken on its word.")
        }
        lines.append("Head: \(verification.head)")
        text = lines.joined(separator: "\n")
    }

    public init(_ broken: Verifier.Broken) {
        holds = false
        json = """
            {"holds":false,"batch":\(broken.batch.map(String.init) ?? "null"),\
            "entry":\(broken.entry.map(String.init) ?? "null"),"problem":\(JSONText.quoted(broken.what))}
            """
        text = "The ledger does not hold. \(broken)"
    }

    public init(_ error: LedgerError) {
        holds = false
        json = #"{"holds":false,"batch":null,"entry":null,"problem":\#(JSONText.quoted(error.description))}"#
        text = "The ledger does not hold. \(error)"
    }
}
