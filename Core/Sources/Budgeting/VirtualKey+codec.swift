/// How keys stand on disk: the length of what follows, then field after field. New fields go to the end.
extension ByteWriter {
    mutating func keyIssue(_ issue: KeyIssue) {
        var body = ByteWriter()
        body.number(UInt64(issue.key.number))
        body.number(UInt64(issue.tenant.number))
        body.keyRules(issue.rules)
        body.blob(issue.hash)
        body.text(issue.prefix)
        body.optional(issue.endsAt)
        body.callLimits(issue.rules)
        blob(body.bytes)
    }

    mutating func keyChange(_ change: KeyChange) {
        var body = ByteWriter()
        body.number(UInt64(change.key.number))
        body.keyRules(change.rules)
        body.optional(change.endsAt)
        body.callLimits(change.rules)
        blob(body.bytes)
    }

    mutating func keyRing(_ ring: KeyRing) {
        number(UInt64(ring.keys.count))
        for (id, key) in ring.keys.sorted(by: { $0.key < $1.key }) {
            number(UInt64(key.secrets.count))
            for secret in key.secrets {
                keyIssue(
                    KeyIssue(
                        key: id, tenant: key.tenant, rules: key.rules, hash: secret.hash, prefix: secret.prefix,
                        endsAt: secret.endsAt))
                signed(secret.issuedAt.milliseconds)
            }
        }
    }

    mutating func audit(_ audit: Entry.Audit) {
        for part in [audit.who, audit.action, audit.target, audit.before, audit.after] { text(part) }
    }

    private mutating func keyRules(_ rules: VirtualKey.Rules) {
        texts(rules.models)
        texts(rules.tags)
        number((rules.needsUser ? 1 : 0) | (rules.needsRun ? 2 : 0) | (rules.actsFor == .everyone ? 4 : 0))
        var tenants: [TenantID] = []
        if case .tenants(let some) = rules.actsFor { tenants = some }
        number(UInt64(tenants.count))
        for tenant in tenants { number(UInt64(tenant.number)) }
    }

    /// Nothing where there are none, as it was before there could be some.
    private mutating func callLimits(_ rules: VirtualKey.Rules) {
        guard rules.callsPerMinute != nil || rules.callsAtOnce != nil else { return }
        optional(rules.callsPerMinute) { $0.number(UInt64($1)) }
        optional(rules.callsAtOnce) { $0.number(UInt64($1)) }
    }

    private mutating func texts(_ texts: [String]) {
        number(UInt64(texts.count))
        for text in texts { self.text(text) }
    }

    private mutating func blob(_ blob: [UInt8]) {
        number(UInt64(blob.count))
        bytes += blob
    }

    private mutating func optional(_ instant: Instant?) {
        number(instant == nil ? 0 : 1)
        if let instant { signed(instant.milliseconds) }
    }
}

extension ByteReader {
    mutating func keyIssue() throws(Entry.Undecodable) -> KeyIssue {
        var body = ByteReader(rest: try blob())
        let (key, tenant) = (KeyID(try body.small()), TenantID(try body.small()))
        var rules = try body.keyRules()
        let (hash, prefix, endsAt) = (Array(try body.blob()), try body.text(), try body.optional())
        try body.callLimits(of: &rules)
        return KeyIssue(key: key, tenant: tenant, rules: rules, hash: hash, prefix: prefix, endsAt: endsAt)
    }

    mutating func keyChange() throws(Entry.Undecodable) -> KeyChange {
        var body = ByteReader(rest: try blob())
        let key = KeyID(try body.small())
        var rules = try body.keyRules()
        let endsAt = try body.optional()
        try body.callLimits(of: &rules)
        return KeyChange(key: key, rules: rules, endsAt: endsAt)
    }

    /// Refuses keys that are out of order, or that no entries come to.
    mutating func keyRing() throws(Entry.Undecodable) -> KeyRing {
        var ring = KeyRing()
        var last: KeyID?
        for _ in 0..<(try small()) {
            let count = try small()
            guard count > 0 else { throw Entry.Undecodable() }
            for index in 0..<count {
                let issue = try keyIssue()
                guard index == 0 ? last.map({ $0 < issue.key }) ?? true : last == issue.key else {
                    throw Entry.Undecodable()
                }
                last = issue.key
                do { try ring.issue(issue, at: Instant(milliseconds: try signed())) } catch {
                    throw Entry.Undecodable()
                }
            }
        }
        return ring
    }

    mutating func audit() throws(Entry.Undecodable) -> Entry.Audit {
        Entry.Audit(
            who: try text(), action: try text(), target: try text(), before: try text(), after: try text())
    }

    private mutating func keyRules() throws(Entry.Undecodable) -> VirtualKey.Rules {
        var rules = VirtualKey.Rules()
        rules.models = try texts()
        rules.tags = try texts()
        let flags = try number()
        rules.needsUser = flags & 1 != 0
        rules.needsRun = flags & 2 != 0
        var tenants: [TenantID] = []
        for _ in 0..<(try small()) { tenants.append(TenantID(try small())) }
        rules.actsFor = flags & 4 != 0 ? .everyone : tenants.isEmpty ? .nobodyElse : .tenants(tenants)
        return rules
    }

    private mutating func callLimits(of rules: inout VirtualKey.Rules) throws(Entry.Undecodable) {
        guard !rest.isEmpty else { return }
        rules.callsPerMinute = try optional { reader throws(Entry.Undecodable) in try reader.small() }
        rules.callsAtOnce = try optional { reader throws(Entry.Undecodable) in try reader.small() }
    }

    private mutating func texts() throws(Entry.Undecodable) -> [String] {
        var texts: [String] = []
        for _ in 0..<(try small()) { texts.append(try text()) }
        return texts
    }

    private mutating func blob() throws(Entry.Undecodable) -> ArraySlice<UInt8> {
        let count = try number()
        guard count <= UInt64(rest.count) else { throw Entry.Undecodable() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    private mutating func optional() throws(Entry.Undecodable) -> Instant? {
        switch try number() {
        case 0: nil
        case 1: Instant(milliseconds: try signed())
        default: throw Entry.Undecodable()
        }
    }
}
