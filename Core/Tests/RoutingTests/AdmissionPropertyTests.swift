import Budgeting
import ExactMoney
import Pricing
import Testing

@testable import Routing

/// Random books and bids. What is said here holds for all of them.
@Suite struct AdmissionPropertyTests {
    @Test(arguments: 1...8)
    func whateverIsAdmittedFitsEveryCapAndWasAskedFor(seed: UInt64) {
        var chance = Seeded(seed)
        var admitted = 0
        for _ in 0..<1_500 {
            let scene = Scene(&chance)
            for patience in [Admission.Patience.willWait, .waited, .none] {
                switch scene.verdict(patience) {
                case .admit(let grant):
                    admitted += 1
                    scene.check(grant)
                case .wait(let budget):
                    #expect(patience == .willWait)
                    scene.checkWait(budget)
                case .refuse(let denial): scene.check(denial, patience)
                }
            }
        }
        #expect(admitted > 500, "the scenes are too poor: \(admitted) admitted")
    }

    @Test(arguments: 100...103)
    func callsAdmittedOneAfterTheOtherNeverPassACap(seed: UInt64) throws {
        var chance = Seeded(seed)
        for _ in 0..<60 {
            var scene = Scene(&chance, .billedWithinCeilings)
            for _ in 0..<40 {
                scene.bid = Scene.bid(&chance)
                guard case .admit(let grant) = scene.verdict(.waited) else { continue }
                try scene.reserve(grant)
                if chance.once(in: 2) { try scene.settleSome(&chance) }
            }
            scene.checkCaps()
        }
    }
}

/// Books, a bid, and what has to be true of the answer.
private struct Scene {
    var books = Books()
    var bid: Bid
    let thresholds: Thresholds
    let now = Instant(seconds: 1_781_524_800)
    static let tenant = TenantID(1)

    enum Past {
        case billedWithinCeilings
        /// Some calls were billed more than was reserved for them.
        case billedAnyhow
    }

    init(_ chance: inout Seeded, _ past: Past = .billedAnyhow) {
        thresholds = Thresholds(smallestCall: Money(nanodollars: chance.once(in: 2) ? 0 : chance.number(0...5_000)))
        bid = Scene.bid(&chance)
        for budget in BudgetID.over(Scene.tenant) where chance.once(in: 2) {
            let cap = Money(nanodollars: chance.number(0...200_000))
            _ = carryOut(.setCap(.budget(budget), .limit(cap)))
        }
        for _ in 0..<chance.number(0...6) {
            let tenant = TenantID(UInt32(chance.number(1...2)))
            let amount = Money(nanodollars: chance.number(0...60_000))
            guard carryOut(.reserve(CallScopes(tenant), model: ModelID(9), amount: amount)) else { continue }
            let id = books.lastReservation
            switch chance.number(0...3) {
            case 0:
                let most = past == .billedAnyhow ? 80_000 : amount.nanodollars
                _ = carryOut(.settle(id, Scene.settlement(chance.number(0...most))))
            case 1: _ = carryOut(.leaveUnresolved(id, .noUsage))
            default: break
            }
        }
    }

    static func bid(_ chance: inout Seeded) -> Bid {
        let offers = (0..<chance.number(1...4)).map { index in
            let isFree = chance.once(in: 10)
            return Bid.Offer(
                model: ModelID(UInt32(index + 1)),
                ceiling: isFree
                    ? Ceiling(fixed: .zero, perOutputToken: .zero)
                    : Ceiling(
                        fixed: Picodollars(Int128(chance.number(0...20_000_000))),
                        perOutputToken: Rate(picodollars: chance.once(in: 9) ? 0 : chance.number(1...50_000))),
                outputTokensLimit: chance.number(1...30_000), isFree: isFree)
        }
        let isOpen = chance.once(in: 2)
        return Bid(
            scopes: CallScopes(tenant), offers: offers,
            output: isOpen ? .open(most: chance.number(1...20_000)) : .named(chance.number(1...20_000)),
            floor: chance.number(1...2_000), moves: chance.once(in: 4) ? .never : .allowed,
            maxCall: chance.once(in: 3) ? Money(nanodollars: chance.number(0...100_000)) : nil)
    }

    static func settlement(_ cost: Int64) -> Entry.Settlement {
        Entry.Settlement(
            cost: Money(nanodollars: cost), inputTokens: 1, outputTokens: 1, evidence: .provider)
    }

    func verdict(_ patience: Admission.Patience) -> Admission.Verdict {
        Admission(bid, in: books, at: now, zones: .utc, thresholds: thresholds).verdict(patience)
    }

    var state: BudgetState { books.state(over: CallScopes(Scene.tenant), at: now, zones: .utc, thresholds: thresholds) }

    mutating func carryOut(_ command: Command) -> Bool {
        guard case .success(let events) = books.decide(command, at: now, zones: .utc) else { return false }
        for event in events {
            do { try books.apply(Entry(at: now, event: event)) } catch { Issue.record(error) }
        }
        return true
    }

    mutating func reserve(_ grant: Grant) throws {
        let model = bid.offers[grant.offer].model
        try #require(carryOut(.reserve(CallScopes(Scene.tenant), model: model, amount: grant.amount)))
    }

    mutating func settleSome(_ chance: inout Seeded) throws {
        for (id, call) in books.open.sorted(by: { $0.key < $1.key }) where call.doubt == nil && chance.once(in: 2) {
            let cost = chance.number(0...call.reservation.amount.nanodollars)
            try #require(carryOut(.settle(id, Scene.settlement(cost))))
        }
    }
}

extension Scene {
    func check(_ grant: Grant) {
        let offer = bid.offers[grant.offer]
        let reserve = Command.reserve(CallScopes(Scene.tenant), model: offer.model, amount: grant.amount)
        guard case .success = books.decide(reserve, at: now, zones: .utc) else {
            Issue.record("\(grant) does not fit the books: \(self)")
            return
        }
        #expect(offer.ceiling.amount(outputTokens: grant.outputTokens) == grant.amount)
        #expect(grant.outputTokens >= 1 && grant.outputTokens <= offer.outputTokensLimit)
        #expect(grant.amount <= bid.maxCall ?? .max || offer.isFree, "\(grant) of \(self)")
        switch bid.output {
        case .named(let limit):
            #expect(grant.outputTokens <= limit)
            #expect(grant.outputTokens >= min(limit, bid.floor, offer.outputTokensLimit))
            #expect(grant.isLimited == (grant.outputTokens < limit))
        case .open(let most):
            #expect(grant.outputTokens <= most)
            #expect(grant.isLimited)
        }
        if state == .stopped { #expect(grant.offer == 0 && offer.isFree) }
        if grant.offer != 0 { #expect(bid.moves == .allowed) }
        checkShare(grant)
    }

    /// Half of what a global budget has left, for one tenant's reservations.
    private func checkShare(_ grant: Grant) {
        for period in Period.allCases {
            let global = BudgetID(.global, period)
            guard let cap = books.cap(of: global, at: now).limit, grant.amount > .zero else { continue }
            let left = MoneySum(cap) - books.balance(of: global, at: now, zones: .utc).booked
            let own = books.balance(of: BudgetID(.tenant(Scene.tenant), period), at: now, zones: .utc).reserved
            #expect((own + MoneySum(grant.amount)).nanodollars <= left.nanodollars / 2)
        }
    }

    /// The call would be admitted if all that is held came back.
    func checkWait(_ budget: BudgetID) {
        var idle = self
        for (id, call) in books.open where call.doubt == nil { _ = idle.carryOut(.release(id)) }
        guard case .admit = idle.verdict(.none) else {
            Issue.record("waits on \(budget) in vain: \(self)")
            return
        }
        #expect(books.balance(of: budget, at: now, zones: .utc).reserved > .zero)
    }

    func check(_ denial: Denial, _ patience: Admission.Patience) {
        #expect(!bid.offers[0].isFree)
        switch denial {
        case .callTooExpensive(let required, let most): #expect(required > most && most == bid.maxCall)
        case .budgetHeld: #expect(patience == .waited)
        case .budgetExceeded(let shortfall): #expect(books.cap(of: shortfall.budget, at: now).limit == shortfall.cap)
        }
        guard case .budgetExceeded(let shortfall) = denial, let affordable = shortfall.affordable else { return }
        var other = self
        guard let index = bid.offers.firstIndex(where: { $0.model == affordable.model }) else {
            Issue.record("offers a model that was not asked for")
            return
        }
        other.bid.offers = [bid.offers[index]]
        other.bid.output = .named(affordable.outputTokens)
        guard case .admit(let grant) = other.verdict(.none) else {
            Issue.record("offers what is not admitted: \(affordable) \(self)")
            return
        }
        #expect(grant.outputTokens == affordable.outputTokens)
    }

    func checkCaps() {
        for budget in BudgetID.over(Scene.tenant) {
            guard let cap = books.cap(of: budget, at: now).limit else { continue }
            let balance = books.balance(of: budget, at: now, zones: .utc)
            #expect(balance.exposure <= MoneySum(cap))
        }
    }
}
