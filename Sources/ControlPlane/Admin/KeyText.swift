import Budgeting
import ExactMoney
import Ledger

/// A key as people and programs see it.
enum KeyText {
    static let schema = Schema.object([
        Schema.field("key", .text(.name)), Schema.field("tenant", .anyText),
        Schema.field("state", .text(.oneOf(["good", "ended"]))), Schema.field("models", .array(.anyText)),
        Schema.field("tags", .array(.anyText)),
        Schema.field("actsFor", .array(.anyText), "Other tenants it may call for; * is all."),
        Schema.field("needsUser", .boolean), Schema.field("needsRun", .boolean),
        Schema.field(
            "expiresAt", .nullable(.text(.instant)),
            "When its newest good secret ends; null for never, and once it has."),
        Schema.field(
            "rpm", .nullable(.whole(0...1_000_000)), "As an operator said; settings that name the key say otherwise."),
        Schema.field("concurrent", .nullable(.whole(0...1_000_000))),
        Schema.field("budgets", .array(budget), "Caps of its own, from an operator or the settings."),
        Schema.field(
            "secrets",
            .array(
                .object([
                    Schema.field("prefix", .anyText, "Its first characters."),
                    Schema.field("state", .text(.oneOf(["good", "ended"]))), Schema.field("issuedAt", .text(.instant)),
                    Schema.field("endsAt", .nullable(.text(.instant)), "When it expires, or was revoked."),
                ]))),
    ])

    static let budget = Schema.object([
        Schema.field("period", .text(.oneOf(Period.allCases.map { "\($0)" }))), Schema.field("capUsd", .text(.money)),
    ])

    static let issued = Schema.object([
        Schema.field("key", .named("Key")), Schema.field("secret", .anyText, "Shown once. Keep it now."),
    ])

    /// How many are read under the books' lock at once.
    private static let atOnce = 200

    /// By name. Calls pass in between.
    static func page(
        _ ledger: Ledger, of tenant: String?, after: String?, _ limit: Int
    ) -> (keys: [String], next: String?) {
        let found = ledger.read { books, names, _, _ in
            let owner = tenant.map { names.tenant(named: $0) }
            return books.keys.keys.values.compactMap { key in
                owner.map { $0 == key.tenant } ?? true ? (name: names.text(of: key.id), id: key.id) : nil
            }
        }
        let rest = found.filter { one in after.map { $0 < one.name } ?? true }.sorted { $0.name < $1.name }
        let page = rest.prefix(limit)
        var texts: [String] = []
        for start in stride(from: 0, to: page.count, by: atOnce) {
            let some = page[start..<min(start + atOnce, page.count)]
            texts += ledger.read { books, names, _, now in
                some.compactMap { one in books.keys.keys[one.id].map { json($0, names, books, at: now) } }
            }
        }
        return (texts, rest.count > page.count ? page.last?.name : nil)
    }

    static func json(_ key: VirtualKey, _ names: NameTable, _ books: Books, at now: Instant) -> String {
        jsonObject([
            ("key", quoted(names.text(of: key.id))), ("tenant", quoted(names.text(of: key.tenant))),
            ("state", quoted(state(key.isGood(at: now)))), ("models", jsonArray(key.rules.models.map(quoted))),
            ("tags", jsonArray(key.rules.tags.map(quoted))),
            ("actsFor", jsonArray(others(key.rules.actsFor, names).map(quoted))),
            ("needsUser", "\(key.rules.needsUser)"),
            ("needsRun", "\(key.rules.needsRun)"), ("expiresAt", quoted(key.newest(at: now)?.endsAt?.rfc3339)),
            ("rpm", key.rules.callsPerMinute.map(String.init) ?? "null"),
            ("concurrent", key.rules.callsAtOnce.map(String.init) ?? "null"),
            (
                "budgets",
                jsonArray(
                    budgets(key, books).map {
                        jsonObject([("period", quoted("\($0.period)")), ("capUsd", quoted("\($0.cap)"))])
                    })
            ),
            ("secrets", jsonArray(key.secrets.map { secret($0, at: now) })),
        ])
    }

    /// For the record: what changed, in a line.
    static func summary(_ key: VirtualKey, _ names: NameTable, _ books: Books, at now: Instant) -> String {
        let good = key.secrets.filter { $0.isGood(at: now) }.map { secret in
            secret.prefix + (secret.endsAt.map { " until \($0.rfc3339)" } ?? "")
        }
        let rules =
            [
                key.rules.models.isEmpty ? nil : "models \(key.rules.models.joined(separator: " "))",
                key.rules.tags.isEmpty ? nil : "tags \(key.rules.tags.joined(separator: " "))",
                key.rules.actsFor == .nobodyElse
                    ? nil : "acts for \(others(key.rules.actsFor, names).joined(separator: " "))",
                key.rules.needsUser ? "needs a user" : nil, key.rules.needsRun ? "needs a run" : nil,
                key.rules.callsPerMinute.map { "\($0) calls a minute" },
                key.rules.callsAtOnce.map { "\($0) calls at once" },
            ] + budgets(key, books).map { "\($0.cap) USD by \($0.period)" }
        return
            (["tenant \(names.text(of: key.tenant))"] + rules.compactMap { $0 }
            + [good.isEmpty ? "no good secret" : "secrets " + good.joined(separator: ", ")]).joined(separator: "; ")
    }

    private static func budgets(_ key: VirtualKey, _ books: Books) -> [(period: Period, cap: Money)] {
        Period.allCases.compactMap { period in
            books.terms[.budget(BudgetID(.key(key.id), period))]?.cap.limit.map { (period, $0) }
        }
    }

    private static func secret(_ secret: VirtualKey.Secret, at now: Instant) -> String {
        jsonObject([
            ("prefix", quoted(secret.prefix)), ("state", quoted(state(secret.isGood(at: now)))),
            ("issuedAt", quoted(secret.issuedAt.rfc3339)), ("endsAt", quoted(secret.endsAt?.rfc3339)),
        ])
    }

    private static func state(_ isGood: Bool) -> String { isGood ? "good" : "ended" }

    private static func others(_ reach: VirtualKey.Rules.Reach, _ names: NameTable) -> [String] {
        switch reach {
        case .nobodyElse: []
        case .everyone: ["*"]
        case .tenants(let tenants): tenants.map { names.text(of: $0) }
        }
    }
}
