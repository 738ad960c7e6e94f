public import ExactMoney

/// The most that a call can cost, as a function of its output limit.
public struct Ceiling: Hashable, Sendable {
    /// Input and fees.
    public var fixed: Picodollars
    public var perOutputToken: Rate

    public init(fixed: Picodollars, perOutputToken: Rate) {
        self.fixed = fixed
        self.perOutputToken = perOutputToken
    }

    /// The ceiling with this many output tokens; nil where it passes `Int64` nanodollars.
    public func amount(outputTokens: Int64) -> Money? {
        (fixed + perOutputToken * outputTokens).roundedUp
    }

    /// The largest output limit whose ceiling fits `room`; nil where not even one token fits.
    public func outputTokens(fitting room: MoneySum) -> Int64? {
        let (picodollars, overflow) = room.nanodollars.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return .max }
        guard picodollars >= fixed.value else { return nil }
        let left = picodollars - fixed.value
        guard perOutputToken > .zero else { return .max }
        let tokens = left / Int128(perOutputToken.picodollars)
        return tokens > 0 ? Int64(clamping: tokens) : nil
    }

    /// The dearer of both, part by part: on or above each of them at every output limit.
    public static func dearest(_ a: Ceiling, _ b: Ceiling) -> Ceiling {
        Ceiling(fixed: max(a.fixed, b.fixed), perOutputToken: max(a.perOutputToken, b.perOutputToken))
    }

    /// Nothing is charged, however long the answer.
    public var isZero: Bool { fixed == .zero && perOutputToken == .zero }

    /// With a fixed amount on top.
    public func adding(_ fee: Picodollars) -> Ceiling { Ceiling(fixed: fixed + fee, perOutputToken: perOutputToken) }

    /// As many calls at once.
    public func times(_ count: Int64) -> Ceiling {
        Ceiling(fixed: fixed.scaled(by: count, over: 1), perOutputToken: perOutputToken.scaled(by: count, over: 1))
    }

    /// With the fee that OpenRouter takes where the account's own provider key serves the call: 5 % of the list price.
    ///
    /// Whether an account has such keys cannot be asked, so the fee always counts (decision 17).
    /// https://openrouter.ai/docs/guides/overview/auth/byok, read 2026-08.
    public var withOwnKeyFee: Ceiling {
        Ceiling(fixed: fixed.scaled(by: 21, over: 20), perOutputToken: perOutputToken.scaled(by: 21, over: 20))
    }
}
