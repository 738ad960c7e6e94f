public import ExactMoney

/// What upstream said of the key's usage at one time: all that was ever charged to it, own provider keys included.
public struct KeyReading: Hashable, Sendable {
    /// Which key: the first bytes of its SHA-256.
    public var key: UInt64
    public var usage: Money
    public var askedAt: Instant
    public var answeredAt: Instant

    public init(key: UInt64, usage: Money, askedAt: Instant, answeredAt: Instant) {
        self.key = key
        self.usage = usage
        self.askedAt = askedAt
        self.answeredAt = answeredAt
    }
}

/// What a key had used of the present UTC day and month when a new ledger first saw it.
public struct KeyOpening: Hashable, Sendable {
    public var daily: Money
    public var monthly: Money

    public init(daily: Money, monthly: Money) {
        self.daily = daily
        self.monthly = monthly
    }
}

/// What is taken for certain of a key's usage. Both are times that upstream does not document; see decision 23.
public struct KeyRules: Hashable, Sendable {
    /// A call that the provider ended and we settled shows in the usage after this at the latest.
    public var lagMilliseconds: Int64
    /// A call that we broke off has been charged, and shows, after this at the latest.
    public var quietMilliseconds: Int64

    public init(lagMilliseconds: Int64 = 30_000, quietMilliseconds: Int64 = 600_000) {
        self.lagMilliseconds = lagMilliseconds
        self.quietMilliseconds = quietMilliseconds
    }
}

extension Entry {
    /// A reading, and what of the growth before it no call of ours explains.
    public struct OutsideSpend: Hashable, Sendable {
        public struct Share: Hashable, Sendable {
            public var window: WindowID
            public var amount: Money

            public init(window: WindowID, amount: Money) {
                self.window = window
                self.amount = amount
            }
        }

        public var reading: KeyReading
        /// What was unexplained at this reading, before the shares were booked.
        public var unexplained: Money
        /// What was booked. Empty for a reading that is explained, or that waits for a second one to say the same.
        public var shares: [Share]

        public init(reading: KeyReading, unexplained: Money = .zero, shares: [Share] = []) {
            self.reading = reading
            self.unexplained = unexplained
            self.shares = shares
        }
    }

    /// Money that an unresolved call held and was not billed.
    public struct Return: Hashable, Sendable {
        public enum Proof: Hashable, Sendable {
            /// Between two readings, one before the call and one well after it, the key's usage grew by no more than this.
            case growth(Growth)
            case operatorsWord(reason: String)
        }

        public struct Growth: Hashable, Sendable {
            public var from: KeyReading
            public var to: KeyReading
            /// What the growth holds for certain: calls that began after `from` and were settled, by the provider's own amounts,
            /// early enough before `to`.
            public var explained: Money
            /// By how much rounding can have hidden a charge.
            public var rounding: Money
            public var rules: KeyRules

            public init(from: KeyReading, to: KeyReading, explained: Money, rounding: Money, rules: KeyRules) {
                self.from = from
                self.to = to
                self.explained = explained
                self.rounding = rounding
                self.rules = rules
            }

            /// The most that a call between the readings can have been billed.
            public var bound: Money {
                let left =
                    Int128(to.usage.nanodollars) - Int128(from.usage.nanodollars) - Int128(explained.nanodollars)
                    + Int128(rounding.nanodollars)
                return Money(nanodollars: Int64(clamping: max(0, left)))
            }
        }

        public var amount: Money
        public var proof: Proof

        public init(amount: Money, proof: Proof) {
            self.amount = amount
            self.proof = proof
        }
    }
}

extension ByteWriter {
    mutating func reading(_ reading: KeyReading) {
        number(reading.key)
        money(reading.usage)
        signed(reading.askedAt.milliseconds)
        signed(reading.answeredAt.milliseconds)
    }

    mutating func outsideSpend(_ spend: Entry.OutsideSpend) {
        reading(spend.reading)
        money(spend.unexplained)
        shares(spend.shares)
    }

    mutating func shares(_ shares: [Entry.OutsideSpend.Share]) {
        number(UInt64(shares.count))
        for share in shares {
            window(share.window)
            money(share.amount)
        }
    }

    mutating func rules(_ rules: KeyRules) {
        signed(rules.lagMilliseconds)
        signed(rules.quietMilliseconds)
    }

    mutating func `return`(_ what: Entry.Return) {
        money(what.amount)
        switch what.proof {
        case .growth(let growth):
            number(0)
            reading(growth.from)
            reading(growth.to)
            money(growth.explained)
            money(growth.rounding)
            rules(growth.rules)
        case .operatorsWord(let reason):
            number(1)
            text(reason)
        }
    }
}

extension ByteReader {
    mutating func reading() throws(Entry.Undecodable) -> KeyReading {
        KeyReading(
            key: try number(), usage: try money(), askedAt: Instant(milliseconds: try signed()),
            answeredAt: Instant(milliseconds: try signed()))
    }

    mutating func outsideSpend() throws(Entry.Undecodable) -> Entry.OutsideSpend {
        var spend = Entry.OutsideSpend(reading: try reading(), unexplained: try money())
        spend.shares = try shares()
        return spend
    }

    mutating func shares() throws(Entry.Undecodable) -> [Entry.OutsideSpend.Share] {
        var shares: [Entry.OutsideSpend.Share] = []
        for _ in 0..<(try small()) { shares.append(.init(window: try window(), amount: try money())) }
        return shares
    }

    mutating func rules() throws(Entry.Undecodable) -> KeyRules {
        KeyRules(lagMilliseconds: try signed(), quietMilliseconds: try signed())
    }

    mutating func `return`() throws(Entry.Undecodable) -> Entry.Return {
        let amount = try money()
        switch try number() {
        case 0:
            return Entry.Return(
                amount: amount,
                proof: .growth(
                    .init(
                        from: try reading(), to: try reading(), explained: try money(), rounding: try money(),
                        rules: try rules())))
        case 1: return Entry.Return(amount: amount, proof: .operatorsWord(reason: try text()))
        default: throw Entry.Undecodable()
        }
    }
}
