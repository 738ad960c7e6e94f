import ExactMoney

/// Who takes what for a call.
enum Charge: Hashable, Sendable {
    /// OpenRouter takes the price from the account's credits.
    case credits(Price)
    /// The provider takes the price from the account's own key there; OpenRouter takes a fee.
    case ownKey(Price, fee: Picodollars)

    static let free = Charge.credits(.zero)

    /// Five percent, rounded up to a picodollar. https://openrouter.ai/docs, "BYOK", read 2026-08.
    static func ownKey(_ price: Price) -> Charge {
        .ownKey(price, fee: Picodollars((price.total.value + 19) / 20))
    }

    /// What OpenRouter takes; it reports this as `cost`.
    var credits: Picodollars {
        switch self {
        case .credits(let price): price.total
        case .ownKey(_, let fee): fee
        }
    }

    /// The provider's price.
    var upstream: Price {
        switch self {
        case .credits(let price), .ownKey(let price, _): price
        }
    }

    var isOwnKey: Bool {
        switch self {
        case .credits: false
        case .ownKey: true
        }
    }

    /// All that is to be paid, to whomever.
    var total: Picodollars {
        switch self {
        case .credits(let price): price.total
        case .ownKey(let price, let fee): price.total + fee
        }
    }
}
