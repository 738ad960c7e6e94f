import ExactMoney

/// How entries stand on disk: a kind byte, then LEB128 numbers. Kinds and fields are added, never changed; the golden bytes
/// in `EntryCodecTests` hold this to it.
extension Entry {
    public struct Undecodable: Error, Hashable, Sendable {}

    public static func encode(_ entries: some Sequence<Entry>) -> [UInt8] {
        var writer = Writer()
        var last: Int64 = 0
        for entry in entries {
            writer.signed(entry.at.milliseconds &- last)
            last = entry.at.milliseconds
            writer.event(entry.event)
        }
        return writer.bytes
    }

    public static func decode(_ bytes: some Sequence<UInt8>) throws(Undecodable) -> [Entry] {
        var reader = Reader(rest: Array(bytes)[...])
        var entries: [Entry] = []
        var last: Int64 = 0
        while !reader.rest.isEmpty {
            last = last &+ (try reader.signed())
            entries.append(Entry(at: Instant(milliseconds: last), event: try reader.event()))
        }
        return entries
    }
}

private struct Writer {
    var bytes: [UInt8] = []

    mutating func number(_ value: UInt64) {
        var value = value
        while value > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    mutating func signed(_ value: Int64) {
        number(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    mutating func money(_ money: Money) { signed(money.nanodollars) }

    mutating func text(_ text: String) {
        number(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func budget(_ budget: BudgetID) {
        switch budget.scope {
        case .global: number(0)
        case .tenant(let tenant): number(UInt64(tenant.number) + 1)
        }
        number(UInt64(budget.period.rawValue))
    }

    mutating func window(_ window: WindowID) {
        budget(window.budget)
        signed(window.start.milliseconds)
    }

    mutating func event(_ event: Entry.Event) {
        switch event {
        case .reserved(let reservation):
            bytes.append(1)
            number(reservation.id.number)
            number(UInt64(reservation.tenant.number))
            number(UInt64(reservation.model.number))
            money(reservation.amount)
            number(UInt64(reservation.windows.count))
            for window in reservation.windows { self.window(window) }
        case .dispatched(let id, let generation):
            bytes.append(2)
            number(id.number)
            text(generation)
        case .settled(let id, let settlement):
            bytes.append(3)
            number(id.number)
            money(settlement.cost)
            signed(settlement.inputTokens)
            signed(settlement.outputTokens)
            money(settlement.saved)
            number(UInt64(settlement.evidence.rawValue))
        case .released(let id):
            bytes.append(4)
            number(id.number)
        case .unresolved(let id, let doubt):
            bytes.append(5)
            number(id.number)
            number(UInt64(doubt.rawValue))
        case .overrun(let id, let amount):
            bytes.append(6)
            number(id.number)
            money(amount)
        case .credited(let window, let amount, let reason):
            bytes.append(7)
            self.window(window)
            money(amount)
            number(UInt64(reason.rawValue))
        case .capChanged(let target, let cap):
            bytes.append(8)
            switch target {
            case .budget(let budget):
                number(0)
                self.budget(budget)
            case .everyTenant(let period):
                number(1)
                number(UInt64(period.rawValue))
            }
            switch cap {
            case .none: number(0)
            case .limit(let limit):
                number(1)
                money(limit)
            case .inherited: number(2)
            }
        }
    }
}

private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func byte() throws(Entry.Undecodable) -> UInt8 {
        guard let byte = rest.popFirst() else { throw Entry.Undecodable() }
        return byte
    }

    mutating func number() throws(Entry.Undecodable) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw Entry.Undecodable() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed() throws(Entry.Undecodable) -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func money() throws(Entry.Undecodable) -> Money { Money(nanodollars: try signed()) }

    mutating func small() throws(Entry.Undecodable) -> UInt32 {
        guard let value = UInt32(exactly: try number()) else { throw Entry.Undecodable() }
        return value
    }

    mutating func id() throws(Entry.Undecodable) -> ReservationID { ReservationID(try number()) }

    mutating func text() throws(Entry.Undecodable) -> String {
        let count = try number()
        guard count <= UInt64(rest.count) else { throw Entry.Undecodable() }
        defer { rest = rest.dropFirst(Int(count)) }
        return String(decoding: rest.prefix(Int(count)), as: UTF8.self)
    }

    mutating func code<T: RawRepresentable>(_: T.Type) throws(Entry.Undecodable) -> T where T.RawValue == UInt8 {
        guard let raw = UInt8(exactly: try number()), let value = T(rawValue: raw) else { throw Entry.Undecodable() }
        return value
    }

    mutating func budget() throws(Entry.Undecodable) -> BudgetID {
        let tenant = try number()
        guard tenant <= UInt64(UInt32.max) + 1 else { throw Entry.Undecodable() }
        let scope: Scope = tenant == 0 ? .global : .tenant(TenantID(UInt32(tenant - 1)))
        return BudgetID(scope, try code(Period.self))
    }

    mutating func window() throws(Entry.Undecodable) -> WindowID {
        WindowID(budget: try budget(), start: Instant(milliseconds: try signed()))
    }

    mutating func event() throws(Entry.Undecodable) -> Entry.Event {
        switch try byte() {
        case 1: return .reserved(try reservation())
        case 2: return .dispatched(try id(), generation: try text())
        case 3:
            return .settled(
                try id(),
                Entry.Settlement(
                    cost: try money(), inputTokens: try signed(), outputTokens: try signed(), saved: try money(),
                    evidence: try code(Entry.Evidence.self)))
        case 4: return .released(try id())
        case 5: return .unresolved(try id(), try code(Entry.Doubt.self))
        case 6: return .overrun(try id(), by: try money())
        case 7: return .credited(try window(), try money(), try code(Entry.Reason.self))
        case 8: return .capChanged(try capTarget(), try cap())
        default: throw Entry.Undecodable()
        }
    }

    mutating func reservation() throws(Entry.Undecodable) -> Entry.Reservation {
        let id = try id()
        let tenant = TenantID(try small())
        let model = ModelID(try small())
        let amount = try money()
        var windows: [WindowID] = []
        for _ in 0..<(try small()) { windows.append(try window()) }
        return Entry.Reservation(id: id, tenant: tenant, model: model, amount: amount, windows: windows)
    }

    mutating func cap() throws(Entry.Undecodable) -> Cap {
        switch try number() {
        case 0: .none
        case 1: .limit(try money())
        case 2: .inherited
        default: throw Entry.Undecodable()
        }
    }

    mutating func capTarget() throws(Entry.Undecodable) -> CapTarget {
        try number() == 0 ? .budget(try budget()) : .everyTenant(try code(Period.self))
    }
}
