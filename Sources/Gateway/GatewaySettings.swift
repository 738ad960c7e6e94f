public import ExactMoney
public import Ledger
public import NIOCore
public import Routing

/// What an operator decides about calls. Checked before it gets here.
public struct GatewaySettings: Sendable {
    public var primaryModel: String?
    /// Model names in order; each is in the catalogue.
    public var chain: [String] = []
    /// By model, in place of that chain.
    public var chains: [String: [String]] = [:]
    public var maxCall: Money?
    /// The most output tokens that are set when a client names no limit.
    public var defaultMaxOutputTokens: Int64 = 16_384
    /// Limits are not lowered below this.
    public var minOutputTokens: Int64 = 256
    /// Server tools and plugins that are taken out of requests under a degraded or stopped budget.
    public var degradedDrop: Set<String> = []
    public var waitForHeldMoney: TimeAmount = .seconds(5)
    /// 429, or 402, which no SDK tries again.
    public var refusalStatus: Int = 429
    /// Nil: every tenant is served. Otherwise only these.
    public var onlyTenants: Set<String>?
    /// What holds for tenants, by name.
    public var tenants: [String: TenantRules] = [:]
    /// What holds for every other tenant.
    public var everyone = TenantRules()
    /// What tenants are charged beyond their cost, by name: `15%`. For reports alone.
    public var markups: [String: String] = [:]
    /// How many calls virtual keys may make, by name; they come before the key's own.
    public var keyLimits: [String: CallLimits] = [:]
    /// Where each of them is named.
    public var keyPlaces: [String: SettingPlace] = [:]
    /// Serve everything, and say what enforcing would have done.
    public var observes = false
    /// Serve others than loopback though no key is asked for.
    public var allowOpen = false
    public var firstByteTimeoutStreamed: TimeAmount = .seconds(120)
    public var firstByteTimeoutWhole: TimeAmount = .seconds(600)
    public var idleTimeout: TimeAmount = .seconds(60)
    public var breakerThreshold = 5
    public var breakerResetMilliseconds: Int64 = 30_000
    /// How long calls may go on after SIGTERM.
    public var drainSeconds: Int64 = 25
    /// A client that takes nothing for so long is gone.
    public var slowClientTimeout: TimeAmount = .seconds(60)

    /// With tools, a JSON schema or reasoning, less output than this is of no use.
    public static let minOutputTokensForStructure: Int64 = 1_024
    public static let bodyLimit = 32 << 20
    /// An answer that is taken whole is not longer than this.
    public static let answerLimit = 64 << 20

    public init() {}
}
