import ExactMoney

/// How numbers, texts and small values stand on disk, in entries as in books: LEB128, zigzag where signed. What is written
/// here never changes: every ledger there is holds it.
struct ByteWriter {
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

    /// Whether there is a value, then the value.
    mutating func optional<Value>(_ value: Value?, _ write: (inout ByteWriter, Value) -> Void) {
        number(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    mutating func window(_ window: WindowID) {
        budget(window.budget)
        signed(window.start.milliseconds)
    }

    /// A sum of many amounts may need more than 64 bits.
    mutating func sum(_ sum: MoneySum) {
        var value = UInt128(bitPattern: (sum.nanodollars << 1) ^ (sum.nanodollars >> 127))
        while value > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    mutating func reservation(_ reservation: Entry.Reservation) {
        number(reservation.id.number)
        number(UInt64(reservation.tenant.number))
        number(UInt64(reservation.model.number))
        money(reservation.amount)
        number(UInt64(reservation.windows.count))
        for window in reservation.windows { self.window(window) }
    }

    mutating func prices(_ prices: [Entry.PriceChange.Price]) {
        number(UInt64(prices.count))
        for price in prices {
            text(price.name)
            number(UInt64(price.rate.picodollars))
        }
    }

    mutating func cap(_ cap: Cap) {
        switch cap {
        case .none: number(0)
        case .limit(let limit):
            number(1)
            money(limit)
        case .inherited: number(2)
        }
    }
}

/// The other way. Bytes that nothing writes are refused, and none end the process.
struct ByteReader {
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

    mutating func optional<Value>(
        _ read: (inout ByteReader) throws(Entry.Undecodable) -> Value
    ) throws(Entry.Undecodable) -> Value? {
        switch try number() {
        case 0: nil
        case 1: try read(&self)
        default: throw Entry.Undecodable()
        }
    }

    mutating func code<T: RawRepresentable>(_: T.Type) throws(Entry.Undecodable) -> T where T.RawValue == UInt8 {
        guard let raw = UInt8(exactly: try number()), let value = T(rawValue: raw) else { throw Entry.Undecodable() }
        return value
    }

    mutating func window() throws(Entry.Undecodable) -> WindowID {
        WindowID(budget: try budget(), start: Instant(milliseconds: try signed()))
    }

    mutating func cap() throws(Entry.Undecodable) -> Cap {
        switch try number() {
        case 0: .none
        case 1: .limit(try money())
        case 2: .inherited
        default: throw Entry.Undecodable()
        }
    }

    mutating func prices() throws(Entry.Undecodable) -> [Entry.PriceChange.Price] {
        var prices: [Entry.PriceChange.Price] = []
        for _ in 0..<(try small()) {
            let name = try text()
            guard let picodollars = Int64(exactly: try number()) else { throw Entry.Undecodable() }
            prices.append(.init(name: name, rate: Rate(picodollars: picodollars)))
        }
        return prices
    }

    mutating func sum() throws(Entry.Undecodable) -> MoneySum {
        var value: UInt128 = 0
        var shift: UInt128 = 0
        while true {
            let byte = try byte()
            guard shift < 126 || (shift == 126 && byte <= 3) else { throw Entry.Undecodable() }
            value |= UInt128(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return MoneySum(nanodollars: Int128(bitPattern: value >> 1) ^ -Int128(bitPattern: value & 1))
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
}
