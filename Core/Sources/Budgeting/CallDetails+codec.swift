import ExactMoney

/// How details stand on disk: their length, then field after field. New fields go to the end; a reader takes what is missing
/// there for unsaid, so that every log stays readable.
extension ByteWriter {
    mutating func details(_ details: CallDetails) {
        var body = ByteWriter()
        body.fields(of: details)
        number(UInt64(body.bytes.count))
        bytes += body.bytes
    }

    private mutating func fields(of details: CallDetails) {
        number(details.call.number)
        number(
            (details.isLast ? 1 : 0) | (details.isStream ? 2 : 0) | (details.trace != nil ? 4 : 0)
                | (details.promptCost != nil ? 8 : 0) | (details.completionCost != nil ? 16 : 0))
        number(UInt64(details.endpoint.rawValue))
        if let trace = details.trace {
            fixed(trace.high)
            fixed(trace.low)
            fixed(trace.parent)
            bytes.append(trace.flags)
        }
        number(UInt64(details.key?.number ?? 0))
        number(UInt64(details.user?.number ?? 0))
        text(details.run)
        number(UInt64(details.tags.count))
        for tag in details.tags { text(tag) }
        for model in [details.asked, details.planned, details.served] { number(UInt64(model.number)) }
        number(UInt64(details.moved.rawValue))
        number(UInt64(details.provider?.number ?? 0))
        number(UInt64(details.attempts.count))
        for attempt in details.attempts { self.attempt(attempt) }
        usage(details.usage)
        if let cost = details.promptCost { money(cost) }
        if let cost = details.completionCost { money(cost) }
        text(details.finishReason)
        number(UInt64(details.outcome.rawValue))
        optional(details.status)
        signed(details.waitedMicroseconds)
        optional(details.firstByteMicroseconds)
        signed(details.totalMicroseconds)
        number(UInt64(details.stateBefore.rawValue))
        number(UInt64(details.stateAfter.rawValue))
        guard !details.dropped.isEmpty else { return }
        number(UInt64(details.dropped.count))
        for name in details.dropped { text(name) }
    }

    private mutating func attempt(_ attempt: CallDetails.Attempt) {
        number(UInt64(attempt.model.number))
        number(attempt.reservation?.number ?? 0)
        text(attempt.why)
        optional(attempt.status)
        signed(attempt.beganMicroseconds)
        signed(attempt.tookMicroseconds)
    }

    private mutating func usage(_ usage: CallDetails.MoreUsage) {
        let counts = [
            usage.cached, usage.cacheWrite, usage.reasoning, usage.audioInput, usage.audioOutput, usage.images,
            usage.searches,
        ]
        let last = (counts.lastIndex { $0 != 0 } ?? -1) + 1
        number(UInt64(last))
        for count in counts[..<last] { signed(count) }
    }

    private mutating func optional(_ value: Int64?) {
        number(value == nil ? 0 : 1)
        if let value { signed(value) }
    }

    private mutating func fixed(_ value: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

extension ByteReader {
    mutating func details() throws(Entry.Undecodable) -> CallDetails {
        let count = try number()
        guard count <= UInt64(rest.count) else { throw Entry.Undecodable() }
        var body = ByteReader(rest: rest.prefix(Int(count)))
        rest = rest.dropFirst(Int(count))
        return try body.fields()
    }

    private mutating func fields() throws(Entry.Undecodable) -> CallDetails {
        let none = ModelID(0)
        var details = CallDetails(call: try id(), asked: none, planned: none, served: none)
        let flags = try number()
        details.isLast = flags & 1 != 0
        details.isStream = flags & 2 != 0
        details.endpoint = try code(CallDetails.Endpoint.self)
        if flags & 4 != 0 {
            details.trace = TraceContext(
                high: try fixed(), low: try fixed(), parent: try fixed(), flags: try byte())
        }
        details.key = try name().map(KeyID.init)
        details.user = try name().map(UserID.init)
        details.run = try text()
        for _ in 0..<(try small()) { details.tags.append(try text()) }
        details.asked = ModelID(try small())
        details.planned = ModelID(try small())
        details.served = ModelID(try small())
        details.moved = try code(CallDetails.Moved.self)
        details.provider = try name().map(ProviderID.init)
        for _ in 0..<(try small()) { details.attempts.append(try attempt()) }
        details.usage = try usage()
        if flags & 8 != 0 { details.promptCost = try money() }
        if flags & 16 != 0 { details.completionCost = try money() }
        details.finishReason = try text()
        details.outcome = try code(CallDetails.Outcome.self)
        details.status = try optional()
        details.waitedMicroseconds = try signed()
        details.firstByteMicroseconds = try optional()
        details.totalMicroseconds = try signed()
        details.stateBefore = try code(BudgetState.self)
        details.stateAfter = try code(BudgetState.self)
        guard !rest.isEmpty else { return details }
        for _ in 0..<(try small()) { details.dropped.append(try text()) }
        return details
    }

    private mutating func attempt() throws(Entry.Undecodable) -> CallDetails.Attempt {
        let model = ModelID(try small())
        let reservation = try number()
        var attempt = CallDetails.Attempt(
            model: model, reservation: reservation == 0 ? nil : ReservationID(reservation))
        attempt.why = try text()
        attempt.status = try optional()
        attempt.beganMicroseconds = try signed()
        attempt.tookMicroseconds = try signed()
        return attempt
    }

    private mutating func usage() throws(Entry.Undecodable) -> CallDetails.MoreUsage {
        var usage = CallDetails.MoreUsage()
        for kind in 0..<(try small()) {
            let value = try signed()
            switch kind {
            case 0: usage.cached = value
            case 1: usage.cacheWrite = value
            case 2: usage.reasoning = value
            case 3: usage.audioInput = value
            case 4: usage.audioOutput = value
            case 5: usage.images = value
            case 6: usage.searches = value
            // Kinds that a later version counts are passed over.
            default: break
            }
        }
        return usage
    }

    private mutating func optional() throws(Entry.Undecodable) -> Int64? {
        switch try number() {
        case 0: nil
        case 1: try signed()
        default: throw Entry.Undecodable()
        }
    }

    /// Zero stands for none: names are numbered from 1.
    private mutating func name() throws(Entry.Undecodable) -> UInt32? {
        let number = try small()
        return number == 0 ? nil : number
    }

    private mutating func fixed() throws(Entry.Undecodable) -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<8 { value = value << 8 | UInt64(try byte()) }
        return value
    }
}
