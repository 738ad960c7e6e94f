import Budgeting
import Gateway
import HTTPTypes
import Hummingbird
import Ledger
import Pricing
import Receipts

/// What an operator can prove of the books, and read in them: the proof, a proved copy, calls whose cost is not known, the
/// books beside upstream's account, prices.
struct BooksOperations: Sendable {
    let gateway: Gateway
    let receipts: ReceiptStore

    var all: [Operation] { [verify, copy, unresolved, drift, prices] }

    private var verify: Operation {
        Operation(
            method: .get, path: "/api/admin/verify", id: "verify",
            summary: "Proves the whole ledger: its hash chain, every entry, every promise.",
            inQuery: [
                .init(
                    name: "kept", schema: .text(.head),
                    note: "A head that was noted earlier; the ledger must lead through it.")
            ],
            answers: [.ok("Whether it holds, and what does not.", .named("Verification"))]
        ) { [gateway] question in
            let kept = question.query["kept"].flatMap { LedgerHead($0) }
            let report: VerificationReport
            do {
                report = VerificationReport(try await offLoop { try gateway.ledger.verify(kept: kept) })
            } catch let broken as Verifier.Broken {
                report = VerificationReport(broken)
            } catch let error as LedgerError {
                report = VerificationReport(error)
            }
            return Response(json: report.json)
        }
    }

    private var copy: Operation {
        Operation(
            method: .post, path: "/api/admin/copy", id: "copyLedger",
            summary: "Copies the ledger into a new file beside it, as it stands at one moment, and proves the copy.",
            body: .object([Schema.field("name", .text(.fileName), "A file's name, without a path.")]),
            answers: [.ok("The proof of the copy.", .named("Verification"))],
            refusals: [(409, "There is such a file, or it cannot be written.")]
        ) { [gateway] question in
            let name = question.text("name") ?? ""
            let proof: Verification
            do { proof = try await offLoop { try gateway.ledger.copy(beside: name) } } catch let error as LedgerError {
                throw GatewayRefusal.invalid(409, "not_copied", param: "name", error.description)
            }
            let remark = Remark(who: question.who, action: "ledger copied", target: "file \(name)")
            do throws(ChangeFailure) { try await gateway.ledger.remark(remark) } catch { throw GatewayRefusal(error) }
            return Response(json: VerificationReport(proof).json)
        }
    }

    private var unresolved: Operation {
        Operation(
            method: .get, path: "/api/admin/unresolved", id: "listUnresolved",
            summary: "The calls whose cost is not known, oldest first, a thousand at most.",
            answers: [.ok("What they hold.", UnresolvedReport.schema)]
        ) { [gateway] _ in Response(json: UnresolvedReport(gateway.ledger).json) }
    }

    private var drift: Operation {
        Operation(
            method: .get, path: "/api/admin/drift", id: "drift",
            summary: "The books beside what upstream says of the key, its days and its models.",
            answers: [.ok("Both, and what no call of ours explains.", DriftReport.schema)],
            refusals: [(502, "Upstream does not tell.")]
        ) { [gateway, receipts] _ in
            do {
                let drift = try await Reconciler.drift(of: gateway)
                return Response(
                    json: DriftReport(drift, try await days(drift, gateway, receipts), head: gateway.ledger.head).json)
            } catch let problem as Drift.Problem {
                throw GatewayRefusal(502, "upstream_error", "upstream_unreachable", problem.description)
            }
        }
    }

    /// Nil where upstream does not tell of days: it does to a management key.
    private func days(_ drift: Drift, _ gateway: Gateway, _ receipts: ReceiptStore) async throws -> DriftDays? {
        guard let activity = drift.activity else { return nil }
        var question = ReportQuestion(by: [.day, .model])
        question.from = DriftDays.firstDay(of: activity).flatMap { Instant(rfc3339: "\($0)T00:00:00Z") }
        question.limit = 10_000
        let lines = try await offLoop { [question] in try receipts.report(question) }
        let catalogue = gateway.prices.current
        return DriftDays(activity, ledger: lines, today: String(gateway.timestamp.prefix(10))) {
            catalogue.resolve($0)?.name.text ?? $0
        }
    }

    private var prices: Operation {
        Operation(
            method: .get, path: "/api/admin/prices", id: "prices",
            summary: "The price list in force, the operator's own names, and the latest changes, newest first.",
            answers: [.ok("In USD per token or unit, under OpenRouter's names.", PriceListing.schema)]
        ) { [gateway] _ in Response(json: PriceListing(gateway).json) }
    }
}

/// Runs what takes a while, such as reading a large file, where no event loop waits for it.
func offLoop<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await Task.detached { try body() }.value
}
