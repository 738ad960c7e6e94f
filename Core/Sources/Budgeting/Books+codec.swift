/// How books stand in a snapshot: a version, then every part in the order of its keys, so that the same books give the same
/// bytes.
///
/// The version says more than the layout. Books are the fold of entries as `apply` folds them: when that changes, so must the
/// version, or books folded the old way would be read as if they were right.
extension Books {
    /// 1 knew nothing of the upstream key's usage and gave nothing back; 2 knew no virtual keys; all before 4 had caps where it has
    /// terms, and all before 5 weighed each call alone. They are read for as long as there are ledgers.
    static let version: UInt8 = 5

    public func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.bytes.append(Self.version)
        writer.number(lastReservation.number)
        writer.signed(lastInstant.milliseconds)
        writer.sorted(terms) { writer, target, terms in
            writer.capTarget(target)
            writer.terms(terms)
        }
        writer.sorted(balances) { writer, window, balance in
            writer.window(window)
            writer.sum(balance.settled)
            writer.sum(balance.unresolved)
            writer.sum(balance.reserved)
            writer.signed(balance.callsInFlight)
        }
        writer.sorted(open) { writer, _, call in
            writer.reservation(call.reservation)
            writer.signed(call.at.milliseconds)
            writer.number(call.doubt.map { UInt64($0.rawValue) + 1 } ?? 0)
            writer.number((call.generation == nil ? 0 : 1) | (call.reservation.usesOwnKey ? 2 : 0))
            if let generation = call.generation { writer.text(generation) }
            if call.doubt != nil { writer.signed(call.doubtAt?.milliseconds ?? call.at.milliseconds) }
            writer.money(call.returned)
        }
        writer.sorted(tallies) { writer, id, tally in
            writer.window(id.window)
            writer.number(UInt64(id.model.number))
            writer.signed(tally.requests)
            writer.signed(tally.inputTokens)
            writer.signed(tally.outputTokens)
            writer.sum(tally.cost)
            writer.sum(tally.saved)
        }
        writer.keyWatch(key)
        writer.keyRing(keys)
        return writer.bytes
    }

    /// - Throws: `Entry.Undecodable` for bytes that ``encode()`` of this version or an older one does not write.
    public static func decode(_ bytes: [UInt8]) throws(Entry.Undecodable) -> Books {
        var reader = ByteReader(rest: bytes[...])
        let version = try reader.byte()
        guard (1...Self.version).contains(version) else { throw Entry.Undecodable() }
        var books = Books()
        books.lastReservation = try reader.id()
        books.lastInstant = Instant(milliseconds: try reader.signed())
        let terms: [CapTarget: Terms] = try reader.sorted { reader throws(Entry.Undecodable) in
            (try reader.capTarget(), version < 4 ? Terms(try reader.cap()) : try reader.terms())
        }
        for (target, terms) in terms { books.agree(on: target, terms) }
        books.balances = try reader.sorted { reader throws(Entry.Undecodable) in
            (try reader.window(), try reader.balance())
        }
        books.open = try reader.sorted { reader throws(Entry.Undecodable) in
            let call = try reader.call(version)
            return (call.reservation.id, call)
        }
        books.tallies = try reader.sorted { reader throws(Entry.Undecodable) in
            (TallyID(window: try reader.window(), model: ModelID(try reader.small())), try reader.tally())
        }
        if version > 1 { books.key = try reader.keyWatch(knowsWhole: version > 4) }
        if version > 2 { books.keys = try reader.keyRing() }
        guard reader.rest.isEmpty else { throw Entry.Undecodable() }
        return books
    }
}

extension ByteWriter {
    fileprivate mutating func sorted<Key: Comparable, Value>(
        _ parts: [Key: Value], _ write: (inout ByteWriter, Key, Value) -> Void
    ) {
        number(UInt64(parts.count))
        for (key, value) in parts.sorted(by: { $0.key < $1.key }) { write(&self, key, value) }
    }
}

extension ByteReader {
    /// Refuses keys that are out of order or come twice.
    fileprivate mutating func sorted<Key: Comparable & Hashable, Value>(
        _ read: (inout ByteReader) throws(Entry.Undecodable) -> (Key, Value)
    ) throws(Entry.Undecodable) -> [Key: Value] {
        let count = try number()
        // A part has more than one byte, so a count beyond the bytes that are left is a lie, and asks for no memory.
        guard count <= UInt64(rest.count) else { throw Entry.Undecodable() }
        var parts: [Key: Value] = [:]
        parts.reserveCapacity(Int(count))
        var last: Key?
        for _ in 0..<count {
            let (key, value) = try read(&self)
            if let last, last >= key { throw Entry.Undecodable() }
            last = key
            parts[key] = value
        }
        return parts
    }

    fileprivate mutating func balance() throws(Entry.Undecodable) -> Balance {
        var balance = Balance()
        balance.settled = try sum()
        balance.unresolved = try sum()
        balance.reserved = try sum()
        balance.callsInFlight = try signed()
        return balance
    }

    fileprivate mutating func call(_ version: UInt8) throws(Entry.Undecodable) -> Books.Open {
        var call = Books.Open(reservation: try reservation(), at: Instant(milliseconds: try signed()))
        switch try number() {
        case 0: break
        case let code:
            guard let raw = UInt8(exactly: code - 1), let doubt = Entry.Doubt(rawValue: raw) else {
                throw Entry.Undecodable()
            }
            call.doubt = doubt
        }
        let flags = try number()
        guard flags < 4 else { throw Entry.Undecodable() }
        if flags & 1 != 0 { call.generation = try text() }
        call.reservation.usesOwnKey = flags & 2 != 0
        // Of an older one the time of doubt is not known; the call is at least so old.
        if version == 1 {
            if call.doubt != nil { call.doubtAt = call.at }
        } else {
            if call.doubt != nil { call.doubtAt = Instant(milliseconds: try signed()) }
            call.returned = try money()
        }
        return call
    }

    fileprivate mutating func tally() throws(Entry.Undecodable) -> Books.Tally {
        var tally = Books.Tally()
        tally.requests = try signed()
        tally.inputTokens = try signed()
        tally.outputTokens = try signed()
        tally.cost = try sum()
        tally.saved = try sum()
        return tally
    }
}
