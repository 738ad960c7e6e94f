public import Budgeting
import ExactMoney
import Pricing

/// Decides a bid against the books: the ladder of contract §3.
///
/// 1. The planned offer as asked. Planned is the first offer, or under a degraded budget the first cheaper one.
/// 2. Where only held money is in its way: wait.
/// 3. Where the client named no output limit: the planned offer with a smaller one, down to the floor.
/// 4. The cheaper offers after it, as asked.
/// 5. The planned offer, then the cheaper ones, with the limit lowered to what fits, down to the floor.
/// 6. Refuse.
///
/// A stopped budget refuses all that is not free; a free call is always admitted.
public struct Admission: Sendable {
    public enum Verdict: Hashable, Sendable {
        case admit(Grant)
        /// Held money is in the way, in this budget first.
        case wait(on: BudgetID)
        case refuse(Denial)
    }

    /// Whether the call can still wait for held money.
    public enum Patience: Hashable, Sendable {
        case willWait
        /// It has waited, or may not; it still prefers a lesser answer to none.
        case waited
        case none
    }

    let bid: Bid
    private let books: Books
    private let now: Instant
    private let zones: Zones
    /// Where the tenant stands.
    public let state: BudgetState
    private let rooms: [Room]

    public init(_ bid: Bid, in books: Books, at now: Instant, zones: Zones, thresholds: Thresholds) {
        self.bid = bid
        self.books = books
        self.now = now
        self.zones = zones
        let accounts = books.accounts(over: bid.scopes, at: now, zones: zones)
        state = thresholds.state(of: accounts)
        rooms = Room.all(in: accounts, of: bid.scopes.tenant)
    }

    public func verdict(_ patience: Patience) -> Verdict {
        if bid.offers[0].isFree { return admit(0, outputTokens: wanted(0)) ?? .refuse(exceeded(0)) }
        if state == .stopped { return .refuse(exceeded(planned)) }
        if let most = bid.maxCall, let tooDear = dearerThan(most) { return .refuse(tooDear) }

        let planned = planned
        let cheaper = cheaper(after: planned)
        if let grant = admit(planned, outputTokens: wanted(planned)) { return grant }
        let held = heldOnly(planned)
        if patience == .willWait, let budget = held { return .wait(on: budget) }
        if case .open = bid.output, let grant = lowered(planned) { return grant }
        for offer in cheaper {
            if let grant = admit(offer, outputTokens: wanted(offer)) { return grant }
        }
        for offer in [planned] + cheaper {
            if let grant = lowered(offer) { return grant }
        }
        return .refuse(held == nil || patience == .none ? exceeded(planned) : .budgetHeld(shortfall(planned)))
    }
}

// MARK: - Which offers

extension Admission {
    /// The offer to begin with: under a degraded budget the first cheaper one, else the one asked for.
    private var planned: Int {
        guard state >= .degraded, bid.moves == .allowed else { return 0 }
        return cheaper(after: 0).first ?? 0
    }

    /// The later offers with a lower ceiling for this body at the same limit, or at their own maximum where that is lower.
    private func cheaper(after index: Int) -> [Int] {
        guard bid.moves == .allowed, let own = comparable(index) else { return [] }
        return bid.offers.indices.dropFirst(index + 1).filter { comparable($0).map { $0 < own } ?? false }
    }

    private func comparable(_ offer: Int) -> Money? {
        let limit =
            switch bid.output {
            case .named: wanted(offer)
            case .open: wanted(0)
            }
        return bid.offers[offer].ceiling.amount(outputTokens: limit)
    }
}

// MARK: - How much output

extension Admission {
    /// Below this an injected limit is not cut to its share of what is left, if it fits.
    private static let fairShareFloor: Int64 = 1024
    /// An injected limit takes at most this part of the tightest remainder.
    private static let fairShare: Int128 = 4

    /// The output limit that the offer is priced at when nothing has to be lowered.
    private func wanted(_ offer: Int) -> Int64 {
        let most = bid.offers[offer].outputTokensLimit
        switch bid.output {
        case .named(let limit): return min(limit, most)
        case .open(let limit):
            let limit = min(limit, most)
            var room = tightest.map { MoneySum(nanodollars: max(0, $0.nanodollars) / Admission.fairShare) }
            if let maxCall = bid.maxCall { room = min(room ?? MoneySum(maxCall), MoneySum(maxCall)) }
            guard let room, !bid.offers[offer].isFree else { return limit }
            let share = bid.offers[offer].ceiling.outputTokens(fitting: room) ?? 0
            return min(limit, max(share, min(Admission.fairShareFloor, mostUnderMaxCall(offer))))
        }
    }

    private func mostUnderMaxCall(_ offer: Int) -> Int64 {
        guard let maxCall = bid.maxCall else { return .max }
        return max(1, bid.offers[offer].ceiling.outputTokens(fitting: MoneySum(maxCall)) ?? 1)
    }

    /// The least output that a lowered limit may leave.
    private func floor(_ offer: Int) -> Int64 {
        switch bid.output {
        case .named(let limit): min(limit, bid.floor, bid.offers[offer].outputTokensLimit)
        case .open: min(bid.floor, bid.offers[offer].outputTokensLimit)
        }
    }
}

// MARK: - What fits

extension Admission {
    private var tightest: MoneySum? { rooms.map(\.free).min() }

    private func admit(_ offer: Int, outputTokens: Int64) -> Verdict? {
        guard let amount = bid.offers[offer].ceiling.amount(outputTokens: outputTokens), fits(amount) else {
            return nil
        }
        let isLimited =
            switch bid.output {
            case .named(let limit): outputTokens < limit
            case .open: true
            }
        return .admit(Grant(offer: offer, outputTokens: outputTokens, amount: amount, isLimited: isLimited))
    }

    private func lowered(_ offer: Int) -> Verdict? {
        guard let room = tightest, let fitting = bid.offers[offer].ceiling.outputTokens(fitting: room) else {
            return nil
        }
        let tokens = min(fitting, wanted(offer))
        guard tokens >= floor(offer) else { return nil }
        return admit(offer, outputTokens: tokens)
    }

    private func fits(_ amount: Money) -> Bool {
        amount == .zero || rooms.allSatisfy { MoneySum(amount) <= $0.free }
    }

    /// The budget in the way, if all that is in the way is held by calls in flight.
    private func heldOnly(_ offer: Int) -> BudgetID? {
        guard let amount = bid.offers[offer].ceiling.amount(outputTokens: wanted(offer)) else { return nil }
        guard rooms.allSatisfy({ MoneySum(amount) <= $0.whenIdle }) else { return nil }
        return rooms.filter { MoneySum(amount) > $0.free }.min { $0.free < $1.free }?.account.budget
    }
}

// MARK: - Refusals

extension Admission {
    private func dearerThan(_ most: Money) -> Denial? {
        let offer = bid.offers[planned]
        let tokens =
            switch bid.output {
            case .named: wanted(planned)
            case .open: floor(planned)
            }
        guard let amount = offer.ceiling.amount(outputTokens: tokens) else {
            return .callTooExpensive(required: .max, most: most)
        }
        return amount > most ? .callTooExpensive(required: amount, most: most) : nil
    }

    private func exceeded(_ offer: Int) -> Denial { .budgetExceeded(shortfall(offer)) }

    private func shortfall(_ offer: Int) -> Shortfall {
        let required = bid.offers[offer].ceiling.amount(outputTokens: wanted(offer)) ?? .max
        // In the way is the budget with the least left; without any cap nothing is, but then nothing is refused either.
        let room = rooms.min { $0.free < $1.free }
        let budget = room?.account.budget ?? BudgetID(.tenant(bid.scopes.tenant), .day)
        let account = room?.account ?? books.account(of: budget, at: now, zones: zones)
        return Shortfall(
            budget: budget, cap: account.cap.limit ?? .max, balance: account.balance, required: required,
            resetsAt: books.window(of: budget, at: now, zones: zones).end, zone: books.zone(of: budget, in: zones),
            affordable: affordable)
    }

    /// The first offer of which some output would be admitted now. A handful of tokens is no offer.
    private var affordable: Shortfall.Affordable? {
        guard state != .stopped else {
            return bid.offers.first(where: \.isFree).map { .init(model: $0.model, outputTokens: $0.outputTokensLimit) }
        }
        var room = tightest ?? .zero
        if let maxCall = bid.maxCall { room = min(room, MoneySum(maxCall)) }
        for (index, offer) in bid.offers.enumerated() {
            guard let tokens = offer.ceiling.outputTokens(fitting: room), tokens >= 16 else { continue }
            return .init(model: offer.model, outputTokens: min(tokens, wanted(index)))
        }
        return nil
    }
}

/// What one budget has left for a tenant.
private struct Room {
    let account: Books.Account
    /// Left now.
    let free: MoneySum
    /// Left if all calls in flight gave back what they hold.
    let whenIdle: MoneySum

    /// One room per account with a cap.
    static func all(in accounts: [Books.Account], of tenant: TenantID) -> [Room] {
        accounts.compactMap { account in
            guard let cap = account.cap.limit else { return nil }
            let free = MoneySum(cap) - account.balance.exposure
            let whenIdle = MoneySum(cap) - account.balance.booked
            guard account.budget.scope == .global else { return Room(account: account, free: free, whenIdle: whenIdle) }
            // One tenant's reservations hold at most half of what a global budget has left.
            let own = reserved(by: tenant, like: account.budget.period, in: accounts)
            let share = MoneySum(nanodollars: whenIdle.nanodollars / 2)
            return Room(account: account, free: min(free, share - own), whenIdle: min(whenIdle, share))
        }
    }

    /// What the tenant's own calls hold: of the same period, where it has such an account, else of its month.
    private static func reserved(by tenant: TenantID, like period: Period, in accounts: [Books.Account]) -> MoneySum {
        func held(_ period: Period) -> MoneySum? {
            accounts.first { $0.budget == BudgetID(.tenant(tenant), period) }?.balance.reserved
        }
        return held(period) ?? held(.month) ?? .zero
    }
}
