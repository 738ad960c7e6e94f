import Budgeting
import Pricing
import Synchronization
import Upstream

/// How many tokens providers have counted for beginnings of conversations: by tenant and model, hashes only, in memory only.
///
/// Bounded: each tenant keeps its last few hundred, and there is room for a thousand tenants; what was not used for longest goes
/// first, half of it at a time.
final class PrefixMemory: Sendable {
    private struct Key: Hashable, Sendable {
        let model: ModelName
        let hash: Int
        let byteCount: Int64
    }

    private let tenants = Mutex(Generations<TenantID, Generations<Key, Int64>>(most: 500))

    private static let mostOfTenant = 256
    /// Only the last beginnings of a conversation are looked for: agents add a few messages a turn.
    private static let mostLookups = 64
    /// A count so low for so many bytes is not believed.
    private static let mostBytesPerToken: Int64 = 16
    /// Models with short contexts are sent shortened prompts.
    private static let leastContextTokens: Int64 = 16_385

    /// The most tokens of a prompt that begins with one of these; nil where none is known.
    func bound(_ prefixes: [Prefix], _ model: ModelName, of tenant: TenantID) -> Int64? {
        guard !prefixes.isEmpty else { return nil }
        return tenants.withLock { tenants in
            guard var own = tenants[tenant] else { return nil }
            defer { tenants[tenant] = own }
            for prefix in prefixes.suffix(PrefixMemory.mostLookups).reversed() {
                let key = Key(model: model, hash: prefix.hash, byteCount: prefix.byteCount)
                guard let tokens = own[key] else { continue }
                // Two percent more than was counted, rounded up.
                return tokens + (tokens + 49) / 50 + prefix.restTokens
            }
            return nil
        }
    }

    /// The provider counted so many tokens for the whole prompt.
    func remember(_ whole: Prefix?, _ model: Model, of tenant: TenantID, tokens: Int64) {
        guard let whole, tokens > 0, tokens >= whole.byteCount / PrefixMemory.mostBytesPerToken,
            model.contextTokens >= PrefixMemory.leastContextTokens
        else { return }
        tenants.withLock { tenants in
            var own = tenants[tenant] ?? Generations(most: PrefixMemory.mostOfTenant)
            let key = Key(model: model.name, hash: whole.hash, byteCount: whole.byteCount)
            // Where counts differ the larger holds.
            own[key] = max(own[key] ?? 0, tokens)
            tenants[tenant] = own
        }
    }
}

/// A bounded memory in two halves. When the young one is full it becomes the old one, and what was in the old one and not used since
/// is gone.
struct Generations<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let most: Int

    init(most: Int) {
        self.most = most
    }

    var count: Int { young.count + old.count }

    /// Reading is using.
    subscript(_ key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old[key] else { return nil }
            self[key] = value
            return value
        }
        set {
            old[key] = nil
            young[key] = newValue
            guard young.count >= most else { return }
            (old, young) = (young, [:])
        }
    }
}
