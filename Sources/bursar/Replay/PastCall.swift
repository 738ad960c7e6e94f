import Budgeting
import ControlPlane
import ExactMoney
import Ledger
import Pricing
import Receipts
import Upstream

/// A call that was made, as far as its receipt tells what another policy would have made of it.
struct PastCall {
    var request: String
    var at: Instant
    var tookMilliseconds: Int64
    var attribution: Attribution
    var asked: String
    var served: String
    /// It turns texts into vectors, and writes nothing.
    var isEmbedding: Bool
    /// False for an attempt after which another model was tried: what it cost is a fact under any policy.
    var isCall: Bool
    var usage: Usage
    var reserved: Money
    /// What the reservation holds, while the true cost is not known.
    var cost: Money
}

extension PastCall {
    init(_ receipt: Receipt) {
        var attribution = Attribution(
            tenant: receipt.tenant, key: receipt.key, user: receipt.user, run: receipt.run.isEmpty ? nil : receipt.run)
        attribution.tags = receipt.tags.compactMap(PastCall.tag)
        self.init(
            request: receipt.requestID, at: receipt.admittedAt, tookMilliseconds: receipt.totalMicroseconds / 1_000,
            attribution: attribution, asked: receipt.asked, served: receipt.served,
            isEmbedding: receipt.endpoint == .embeddings, isCall: receipt.isLast,
            usage: Usage(
                inputTokens: receipt.inputTokens, outputTokens: receipt.outputTokens,
                cachedTokens: receipt.usage.cached, cacheWriteTokens: receipt.usage.cacheWrite,
                reasoningTokens: receipt.usage.reasoning, audioTokens: receipt.usage.audioInput),
            reserved: receipt.reserved, cost: receipt.cost ?? receipt.reserved)
    }

    /// A line of `GET /api/admin/export`; nil for anything else.
    init?(_ line: JSONValue) {
        func money(_ name: String) -> Money? { line[name]?.string.flatMap { try? Money(usd: $0, rounding: .halfUp) } }
        func count(_ name: String) -> Int64 { line[name]?.integer ?? 0 }
        guard let request = line["request"]?.string, let tenant = line["tenant"]?.string,
            let at = line["admittedAt"]?.string.flatMap({ Instant(rfc3339: $0) }),
            let asked = line["askedModel"]?.string, let served = line["model"]?.string,
            let reserved = money("reservedUsd")
        else { return nil }
        var attribution = Attribution(
            tenant: tenant, key: line["key"]?.string, user: line["user"]?.string, run: line["run"]?.string)
        attribution.tags = (line["tags"]?.elements.map { $0 } ?? []).compactMap(\.string).compactMap(PastCall.tag)
        self.init(
            request: request, at: at, tookMilliseconds: count("totalMicroseconds") / 1_000, attribution: attribution,
            asked: asked, served: served, isEmbedding: line["endpoint"]?.string == "embeddings",
            isCall: line["last"]?.bool ?? true,
            usage: Usage(
                inputTokens: count("inputTokens"), outputTokens: count("outputTokens"),
                cachedTokens: count("cachedTokens"), cacheWriteTokens: count("cacheWriteTokens"),
                reasoningTokens: count("reasoningTokens"), audioTokens: count("audioTokens")),
            reserved: reserved, cost: money("costUsd") ?? reserved)
    }

    private static func tag(_ text: String) -> Attribution.Tag? {
        guard let sign = text.firstIndex(of: "=") else { return nil }
        return .init(name: String(text[..<sign]), value: String(text[text.index(after: sign)...]))
    }
}
