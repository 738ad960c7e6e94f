import ExactMoney
import Gateway
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import NIOCore
import Upstream

/// What an operator can prove and set right in the books: `/api/admin/verify`, `unresolved`, `reconcile`, `correct`, `forget`,
/// `copy`.
struct BooksRoutes: Sendable {
    private let gateway: Gateway
    private static let bodyLimit = 16 << 10

    init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    func add<Context: RequestContext>(to router: Router<Context>) {
        router.get("/api/admin/verify") { request, _ in try await verify(request) }
        router.get("/api/admin/unresolved") { _, _ in Response(json: UnresolvedReport(gateway.ledger).json) }
        router.get("/api/admin/drift") { _, _ in try await drift() }
        router.post("/api/admin/reconcile") { request, _ in try await release(request) }
        router.post("/api/admin/correct") { request, _ in try await correct(request) }
        router.post("/api/admin/forget") { request, _ in try await forget(request) }
        router.post("/api/admin/copy") { request, _ in try await copy(request) }
    }

    /// Proves the whole ledger; `?kept=BATCH:HASH` also that it leads through a head that was noted.
    private func verify(_ request: Request) async throws -> Response {
        var kept: LedgerHead?
        if let text = request.uri.queryParameters["kept"] {
            guard let head = LedgerHead(text) else {
                throw Refusal.invalid("invalid_field", param: "kept", "kept is a head, such as 17:9f86d0…")
            }
            kept = head
        }
        let report: VerificationReport
        do {
            report = VerificationReport(
                try await offLoop { [ledger = gateway.ledger, kept] in try ledger.verify(kept: kept) })
        } catch let broken as Verifier.Broken {
            report = VerificationReport(broken)
        } catch let error as LedgerError {
            report = VerificationReport(error)
        }
        return Response(json: report.json)
    }

    private func drift() async throws -> Response {
        do {
            return Response(json: DriftReport(try await Reconciler.drift(of: gateway)).json)
        } catch let problem as Drift.Problem {
            throw Refusal(502, "upstream_error", "upstream_unreachable", problem.description)
        }
    }

    /// Gives back what an unresolved call holds: `{"release":"req-12","reason":"…"}`.
    private func release(_ request: Request) async throws -> Response {
        let body = try await document(request)
        return try answer(
            gateway.ledger.giveBack(request: body["release"]?.string ?? "", reason: try reason(body)))
    }

    /// `{"tenant":"acme","period":"day","amountUsd":"-1.50","reason":"…"}`; without a tenant it is the global budget.
    private func correct(_ request: Request) async throws -> Response {
        let body = try await document(request)
        guard let text = body["amountUsd"]?.string, let amount = try? Money(usd: text, rounding: .down) else {
            throw Refusal.invalid("invalid_field", param: "amountUsd", "amountUsd is an amount of USD as text.")
        }
        return try answer(
            gateway.ledger.correct(
                tenant: body["tenant"]?.string, period: body["period"]?.string ?? "day", by: amount,
                reason: try reason(body)))
    }

    /// Erases a name: `{"kind":"user","name":"X"}`.
    private func forget(_ request: Request) async throws -> Response {
        let body = try await document(request)
        guard let kind = Name.Kind.allCases.first(where: { "\($0)" == body["kind"]?.string }), kind != .model,
            kind != .key
        else {
            throw Refusal.invalid(
                "invalid_field", param: "kind", "kind is user, tenant, or another name's that is no model.")
        }
        guard let name = body["name"]?.string else {
            throw Refusal.invalid("invalid_field", param: "name", "name is missing.")
        }
        guard try await gateway.ledger.erase(kind, named: name) else {
            throw Refusal.invalid(404, "unknown_name", "No such name is in the books.")
        }
        gateway.logger.notice("a name was erased from the books", metadata: ["kind": "\(kind)"])
        return Response(json: #"{"forgotten":true}"#)
    }

    /// Copies the ledger into a new file beside it: `{"name":"backup.db"}`.
    private func copy(_ request: Request) async throws -> Response {
        let body = try await document(request)
        let isPlain = body["name"]?.string.map { name in
            !name.isEmpty && !name.hasPrefix(".")
                && name.utf8.allSatisfy { "-_.".utf8.contains($0) || isAlphanumeric($0) }
        }
        guard isPlain == true, let name = body["name"]?.string else {
            throw Refusal.invalid(
                "invalid_field", param: "name", "name is a file's name, without a path; it is made beside the ledger.")
        }
        do {
            let proof = try await offLoop { [ledger = gateway.ledger] in try ledger.copy(beside: name) }
            return Response(json: VerificationReport(proof).json)
        } catch let error as LedgerError {
            throw Refusal(409, "invalid_request_error", "not_copied", error.description)
        }
    }
}

extension BooksRoutes {
    private func document(_ request: Request) async throws -> JSONValue {
        let body = try await request.body.collect(upTo: BooksRoutes.bodyLimit)
        guard let document = try? JSONDocument(Array(body.readableBytesView)), document.root.kind == .object else {
            throw Refusal.invalid("invalid_json", "The body must be a JSON object.")
        }
        return document.root
    }

    private func reason(_ body: JSONValue) throws -> String {
        guard let reason = body["reason"]?.string, !reason.isEmpty, reason.utf8.count <= 1_000 else {
            throw Refusal.invalid(
                "invalid_field", param: "reason", "reason is missing: the books keep why they were changed by hand.")
        }
        return reason
    }

    private func answer(_ change: Ledger.Change) throws -> Response {
        switch change {
        case .booked: return Response(json: #"{"booked":true}"#)
        case .notUnresolved:
            throw Refusal.invalid(
                409, "not_unresolved", param: "release", "The call is not unresolved: it runs, is closed, or never was."
            )
        case .badAmount:
            throw Refusal.invalid(
                "invalid_field", param: "amountUsd", "The amount is zero, or takes more than was settled.")
        case .noReason: throw Refusal.invalid("invalid_field", param: "reason", "reason is missing.")
        case .unknownTenant:
            throw Refusal.invalid("invalid_field", param: "tenant", "No tenant of that name is in the books.")
        case .unknownPeriod:
            throw Refusal.invalid("invalid_field", param: "period", "period is day or month.")
        }
    }

    /// Reading a large ledger takes a while; no event loop waits for it.
    private func offLoop<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await Task.detached { try body() }.value
    }

    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
