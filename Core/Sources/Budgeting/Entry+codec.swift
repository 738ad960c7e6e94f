import ExactMoney

/// How entries stand on disk: a kind byte, then LEB128 numbers. Kinds and fields are added, never changed; the golden bytes
/// in `EntryCodecTests` hold this to it.
extension Entry {
    public struct Undecodable: Error, Hashable, Sendable {}

    public static func encode(_ entries: some Sequence<Entry>) -> [UInt8] {
        var writer = ByteWriter()
        var last: Int64 = 0
        for entry in entries {
            writer.signed(entry.at.milliseconds &- last)
            last = entry.at.milliseconds
            writer.event(entry.event)
        }
        return writer.bytes
    }

    public static func decode(_ bytes: some Sequence<UInt8>) throws(Undecodable) -> [Entry] {
        var reader = ByteReader(rest: Array(bytes)[...])
        var entries: [Entry] = []
        var last: Int64 = 0
        while !reader.rest.isEmpty {
            last = last &+ (try reader.signed())
            entries.append(Entry(at: Instant(milliseconds: last), event: try reader.event()))
        }
        return entries
    }
}

extension ByteWriter {
    fileprivate mutating func event(_ event: Entry.Event) {
        switch event {
        case .reserved(let reservation):
            switch (reservation.isObserved, reservation.usesOwnKey) {
            case (false, false): bytes.append(1)
            case (true, false): bytes.append(18)
            case (false, true): bytes.append(19)
            case (true, true): bytes.append(20)
            }
            self.reservation(reservation)
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
            capTarget(target)
            self.cap(cap)
        case .outsideSpent(let spend):
            bytes.append(10)
            outsideSpend(spend)
        case .overbooked(let over):
            bytes.append(21)
            overbooking(over)
        case .returned(let id, let what):
            bytes.append(11)
            number(id.number)
            self.return(what)
        case .corrected(let window, let amount, let reason):
            bytes.append(12)
            self.window(window)
            money(amount)
            text(reason)
        case .priced(let model, let change):
            bytes.append(13)
            number(UInt64(model.number))
            prices(change.old)
            prices(change.new)
        case .audited(let audit):
            bytes.append(14)
            self.audit(audit)
        case .keyIssued(let issue):
            bytes.append(15)
            keyIssue(issue)
        case .keyRevoked(let key, let end):
            bytes.append(16)
            number(UInt64(key.number))
            signed(end.milliseconds)
        case .keyChanged(let change):
            bytes.append(22)
            keyChange(change)
        case .called(let id, let details):
            bytes.append(9)
            number(id.number)
            self.details(details)
        case .budgetSet(let target, let terms):
            bytes.append(17)
            capTarget(target)
            self.terms(terms)
        }
    }
}

extension ByteReader {
    fileprivate mutating func event() throws(Entry.Undecodable) -> Entry.Event {
        let kind = try byte()
        switch kind {
        case 1, 18, 19, 20:
            var reservation = try reservation()
            reservation.isObserved = kind == 18 || kind == 20
            reservation.usesOwnKey = kind == 19 || kind == 20
            return .reserved(reservation)
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
        case 10: return .outsideSpent(try outsideSpend())
        case 21: return .overbooked(try overbooking())
        case 11: return .returned(try id(), try self.return())
        case 12: return .corrected(try window(), try money(), reason: try text())
        case 13: return .priced(ModelID(try small()), .init(old: try prices(), new: try prices()))
        case 14: return .audited(try audit())
        case 15: return .keyIssued(try keyIssue())
        case 16: return .keyRevoked(KeyID(try small()), from: Instant(milliseconds: try signed()))
        case 22: return .keyChanged(try keyChange())
        case 9: return .called(try id(), try details())
        case 17: return .budgetSet(try capTarget(), try terms())
        default: throw Entry.Undecodable()
        }
    }
}
