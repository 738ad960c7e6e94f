import ExactMoney

/// How scopes and terms stand on disk.
///
/// A budget is its tenant's number and one more, then its period. Zero for the tenant is the global budget, and the period's
/// number then has room above its three bits: there stands which other scope it is, and after it who that is.
extension ByteWriter {
    mutating func budget(_ budget: BudgetID) {
        let period = budget.period
        switch budget.scope {
        case .tenant(let tenant):
            number(UInt64(tenant.number) + 1)
            number(UInt64(period.rawValue))
        case .global: narrow(0, period)
        case .group(let group): narrow(1, period, group.number)
        case .key(let key): narrow(2, period, key.number)
        case .user(let tenant, let user): narrow(3, period, tenant.number, user.number)
        case .run(let tenant, let run): narrow(4, period, tenant.number, run.number)
        case .tag(let tag): narrow(5, period, tag.name.number, tag.number)
        }
    }

    private mutating func narrow(_ kind: UInt64, _ period: Period, _ numbers: UInt32...) {
        number(0)
        number(kind << 3 | UInt64(period.rawValue))
        for number in numbers { self.number(UInt64(number)) }
    }

    mutating func capTarget(_ target: CapTarget) {
        switch target {
        case .budget(let budget):
            number(0)
            self.budget(budget)
        case .every(.tenants, let period):
            number(1)
            number(UInt64(period.rawValue))
        case .every(let family, let period):
            number(2)
            self.family(family, period)
        }
    }

    private mutating func family(_ family: Family, _ period: Period) {
        func kind(_ kind: UInt64) -> UInt64 { kind << 3 | UInt64(period.rawValue) }
        switch family {
        case .tenants: number(kind(0))
        case .groups: number(kind(1))
        case .keys: number(kind(2))
        case .users(let tenant):
            number(kind(3))
            number(tenant.map { UInt64($0.number) + 1 } ?? 0)
        case .runs(let tenant):
            number(kind(4))
            number(tenant.map { UInt64($0.number) + 1 } ?? 0)
        case .tags(let name):
            number(kind(5))
            number(UInt64(name.number))
        }
    }

    mutating func terms(_ terms: Terms) {
        cap(terms.cap)
        optional(terms.zone) { $0.text($1) }
        optional(terms.raise) { writer, raise in
            writer.money(raise.limit)
            writer.signed(raise.until.milliseconds)
        }
        number(UInt64(terms.source.rawValue))
        optional(terms.running) { writer, window in
            writer.signed(window.start.milliseconds)
            writer.signed(window.end.milliseconds)
        }
    }
}

extension ByteReader {
    mutating func budget() throws(Entry.Undecodable) -> BudgetID {
        if let tenant = try optionalTenant() { return BudgetID(.tenant(tenant), try code(Period.self)) }
        let (kind, period) = try kindAndPeriod()
        let scope: Scope
        switch kind {
        case 0: scope = .global
        case 1: scope = .group(GroupID(try small()))
        case 2: scope = .key(KeyID(try small()))
        case 3: scope = .user(TenantID(try small()), UserID(try small()))
        case 4: scope = .run(TenantID(try small()), RunID(try small()))
        case 5: scope = .tag(TagID(TagName(try small()), try small()))
        default: throw Entry.Undecodable()
        }
        return BudgetID(scope, period)
    }

    /// Zero is none.
    private mutating func optionalTenant() throws(Entry.Undecodable) -> TenantID? {
        let number = try number()
        guard number <= UInt64(UInt32.max) + 1 else { throw Entry.Undecodable() }
        return number == 0 ? nil : TenantID(UInt32(number - 1))
    }

    private mutating func kindAndPeriod() throws(Entry.Undecodable) -> (UInt64, Period) {
        let code = try number()
        guard let period = Period(rawValue: UInt8(code & 7)) else { throw Entry.Undecodable() }
        return (code >> 3, period)
    }

    mutating func capTarget() throws(Entry.Undecodable) -> CapTarget {
        switch try number() {
        case 0: .budget(try budget())
        case 1: .everyTenant(try code(Period.self))
        case 2: try family()
        default: throw Entry.Undecodable()
        }
    }

    private mutating func family() throws(Entry.Undecodable) -> CapTarget {
        let (kind, period) = try kindAndPeriod()
        switch kind {
        case 1: return .every(.groups, period)
        case 2: return .every(.keys, period)
        case 3: return .every(.users(of: try optionalTenant()), period)
        case 4: return .every(.runs(of: try optionalTenant()), period)
        case 5: return .every(.tags(TagName(try small())), period)
        default: throw Entry.Undecodable()
        }
    }

    mutating func terms() throws(Entry.Undecodable) -> Terms {
        var terms = Terms(try cap())
        terms.zone = try optional { reader throws(Entry.Undecodable) in try reader.text() }
        terms.raise = try optional { reader throws(Entry.Undecodable) in
            Terms.Raise(to: try reader.money(), until: Instant(milliseconds: try reader.signed()))
        }
        terms.source = try code(Terms.Source.self)
        terms.running = try optional { reader throws(Entry.Undecodable) in
            Window(
                start: Instant(milliseconds: try reader.signed()), end: Instant(milliseconds: try reader.signed()))
        }
        return terms
    }
}
