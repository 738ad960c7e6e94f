import Budgeting
import ExactMoney
import Gateway
import Hummingbird
import Ledger
import Upstream

/// Virtual keys: issued, listed, revoked, rotated. A secret is in the answer that makes it, and nowhere after.
struct KeyOperations: Sendable {
    let gateway: Gateway

    var all: [Operation] { [list, issue, show, revoke, rotate] }

    private static let key = Operation.Parameter(name: "key", schema: .text(.name), note: "What the key is called.")
    private static let noSuchKey = (404, "There is no key of this name.")

    private var list: Operation {
        Operation(
            method: .get, path: "/api/admin/keys", id: "listKeys", summary: "All keys, the revoked ones too.",
            answers: [.ok("The keys, by name.", .object([Schema.field("keys", .array(.named("Key")))]))]
        ) { [gateway] _ in
            let keys = gateway.ledger.read { books, names, _, now in
                books.keys.keys.values.map { (names.text(of: $0.id), KeyText.json($0, names, books, at: now)) }
            }
            let sorted = keys.sorted { $0.0 < $1.0 }.map(\.1)
            return Response(json: jsonObject([("keys", jsonArray(sorted))]))
        }
    }

    private var show: Operation {
        Operation(
            method: .get, path: "/api/admin/keys/{key}", id: "showKey", summary: "One key.", inPath: [Self.key],
            answers: [.ok("The key.", .named("Key"))], refusals: [Self.noSuchKey]
        ) { question in try Response(json: text(of: question.path["key"] ?? "")) }
    }

    private var issue: Operation {
        Operation(
            method: .post, path: "/api/admin/keys", id: "issueKey",
            summary: "Issues a key. Its secret is in this answer and nowhere else.",
            body: .object([
                Schema.field("tenant", .text(.name), "Whose calls it makes."),
                Schema.optional("key", .text(.name), "What it is called; left out it is named after the tenant."),
                Schema.optional("models", .array(.text(.modelPattern), most: 100), "Models it may use; left out, all."),
                Schema.optional("tags", .array(.text(.tag), most: 8), "Tags put on every call."),
                Schema.optional(
                    "actsFor", .array(.text(.oneOfOrName("*")), most: 1000), "Other tenants it may call for; * is all."),
                Schema.optional("needsUser", .boolean, "Calls without a user are refused."),
                Schema.optional("needsRun", .boolean, "Calls without a run are refused."),
                Schema.optional("expiresAt", .text(.instant), "From then on it opens nothing."),
                Schema.optional("rpm", .whole(0...1_000_000), "How many calls may begin in any 60 seconds."),
                Schema.optional("concurrent", .whole(0...1_000_000), "How many calls may run at once."),
                Schema.optional("budgets", .array(KeyText.budget, most: Period.allCases.count), "Its own budgets."),
            ]),
            answers: [Operation.Answer(status: 201, note: "The key, and its secret.", schema: .named("IssuedKey"))],
            refusals: [(409, "A key of this name is good, or belongs to another tenant.")]
        ) { question in try await issue(question) }
    }

    private var revoke: Operation {
        Operation(
            method: .delete, path: "/api/admin/keys/{key}", id: "revokeKey",
            summary: "Revokes all secrets of a key, at once. Doing it again changes nothing.", inPath: [Self.key],
            answers: [.ok("The key.", .named("Key"))], refusals: [Self.noSuchKey]
        ) { question in
            let (name, id) = try known(question)
            _ = try await change(.revokeKey(id, from: .init(milliseconds: 0)), question, "key revoked", name, id)
            return Response(json: try text(of: name))
        }
    }

    private var rotate: Operation {
        Operation(
            method: .post, path: "/api/admin/keys/{key}/rotate", id: "rotateKey",
            summary: "Gives a key a new secret; the ones before it stay good for the overlap.", inPath: [Self.key],
            body: .object([
                Schema.optional(
                    "overlapSeconds", .whole(0...7_776_000),
                    "How long the secrets before it stay good; left out, a day."),
                Schema.optional("expiresAt", .text(.instant), "From then on the new secret opens nothing."),
            ]),
            answers: [Operation.Answer(status: 201, note: "The key, and its new secret.", schema: .named("IssuedKey"))],
            refusals: [Self.noSuchKey]
        ) { question in try await rotate(question) }
    }

    private static let overlapSeconds: Int64 = 86_400
}

// MARK: - What they do

extension KeyOperations {
    private func issue(_ question: Question) async throws -> Response {
        let ledger = gateway.ledger
        let tenant = question.text("tenant") ?? ""
        let name = question.text("key") ?? freeName(for: tenant)
        var rules = VirtualKey.Rules()
        rules.models = question.texts("models")
        rules.tags = question.texts("tags")
        rules.needsUser = question.body?["needsUser"]?.bool ?? false
        rules.needsRun = question.body?["needsRun"]?.bool ?? false
        rules.callsPerMinute = question.body?["rpm"]?.wholeNumber.map { UInt32(clamping: $0) }
        rules.callsAtOnce = question.body?["concurrent"]?.wholeNumber.map { UInt32(clamping: $0) }
        let others = question.texts("actsFor")
        if others.contains("*") {
            rules.actsFor = .everyone
        } else if !others.isEmpty {
            rules.actsFor = .tenants(others.map { ledger.tenant(named: $0) })
        }
        let secret = KeySecret()
        let id = ledger.key(named: name)
        let issue = KeyIssue(
            key: id, tenant: ledger.tenant(named: tenant), rules: rules, hash: gateway.keys.hash(secret),
            prefix: secret.prefix, endsAt: question.text("expiresAt").flatMap { Instant(rfc3339: $0) })
        let budgets = try budgets(question, of: name)
        let remark = KeyOperations.remark(question, "key issued", name, id)
        defer { gateway.keys.refresh() }
        do throws(ChangeFailure) { try await ledger.issue(issue, budgets: budgets, remark) } catch {
            throw GatewayRefusal(error, of: name)
        }
        return try issued(name, secret)
    }

    private func budgets(_ question: Question, of name: String) throws -> [BudgetSetting] {
        let budgets = (question.body?["budgets"]?.elements.map { $0 } ?? []).compactMap { budget -> BudgetSetting? in
            guard let period = Period.allCases.first(where: { "\($0)" == budget["period"]?.string }),
                let limit = budget["capUsd"]?.string.flatMap(Money.init(admitting:))
            else { return nil }
            return BudgetSetting(.key(name), period, .limit(limit))
        }
        guard Set(budgets.map(\.period)).count == budgets.count else {
            throw GatewayRefusal.invalid("invalid_field", param: "budgets", "'budgets' must name each period once.")
        }
        return budgets
    }

    private func rotate(_ question: Question) async throws -> Response {
        let (name, id) = try known(question)
        let secret = KeySecret()
        let overlap = question.body?["overlapSeconds"]?.wholeNumber ?? Self.overlapSeconds
        let (key, now) = gateway.ledger.read { books, _, _, now in (books.keys.keys[id], now) }
        guard let key else { throw GatewayRefusal.noSuchKey(name) }
        let issue = KeyIssue(
            key: id, tenant: key.tenant, rules: key.rules, hash: gateway.keys.hash(secret), prefix: secret.prefix,
            endsAt: question.text("expiresAt").flatMap { Instant(rfc3339: $0) })
        let end = Instant(milliseconds: now.milliseconds + overlap * 1000)
        _ = try await change(.rotateKey(issue, until: end), question, "key rotated", name, id)
        return try issued(name, secret)
    }

    /// Makes the change and the remark of it, and has the data plane know of it before it is answered.
    private func change(
        _ command: Command, _ question: Question, _ action: String, _ name: String, _ id: KeyID
    ) async throws -> [Entry.Event] {
        let remark = KeyOperations.remark(question, action, name, id)
        defer { gateway.keys.refresh() }
        do throws(ChangeFailure) { return try await gateway.ledger.change(command, remark) } catch {
            throw GatewayRefusal(error, of: name)
        }
    }

    private static func remark(_ question: Question, _ action: String, _ name: String, _ id: KeyID) -> Remark {
        Remark(who: question.who, action: action, target: "key \(name)") { books, names, _, now in
            books.keys.keys[id].map { KeyText.summary($0, names, books, at: now) } ?? "none"
        }
    }

    private func known(_ question: Question) throws -> (String, KeyID) {
        let name = question.path["key"] ?? ""
        let id = gateway.ledger.read { books, names, _, _ in
            names.key(named: name).flatMap { books.keys.keys[$0]?.id }
        }
        guard let id else { throw GatewayRefusal.noSuchKey(name) }
        return (name, id)
    }

    private func text(of name: String) throws -> String {
        let text = gateway.ledger.read { books, names, _, now in
            names.key(named: name).flatMap { books.keys.keys[$0] }.map { KeyText.json($0, names, books, at: now) }
        }
        guard let text else { throw GatewayRefusal.noSuchKey(name) }
        return text
    }

    private func issued(_ name: String, _ secret: KeySecret) throws -> Response {
        Response(
            status: .created, json: jsonObject([("key", try text(of: name)), ("secret", quoted(secret.text))]))
    }

    /// `acme-1`, or the next that no key has.
    private func freeName(for tenant: String) -> String {
        gateway.ledger.read { books, names, _, _ in
            let stem = tenant.prefix(118)
            let taken = { (name: String) in names.key(named: name).map { books.keys.keys[$0] != nil } ?? false }
            var number = 1
            while taken("\(stem)-\(number)") { number += 1 }
            return "\(stem)-\(number)"
        }
    }
}

/// A key as people and programs see it.
enum KeyText {
    static let schema = Schema.object([
        Schema.field("key", .text(.name)), Schema.field("tenant", .anyText),
        Schema.field("state", .text(.oneOf(["good", "ended"]))), Schema.field("models", .array(.anyText)),
        Schema.field("tags", .array(.anyText)),
        Schema.field("actsFor", .array(.anyText), "Other tenants it may call for; * is all."),
        Schema.field("needsUser", .boolean), Schema.field("needsRun", .boolean),
        Schema.field("rpm", .nullable(.whole(0...1_000_000)), "As it was issued; the settings may say otherwise."),
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

    static func json(_ key: VirtualKey, _ names: NameTable, _ books: Books, at now: Instant) -> String {
        jsonObject([
            ("key", quoted(names.text(of: key.id))), ("tenant", quoted(names.text(of: key.tenant))),
            ("state", quoted(state(key.isGood(at: now)))), ("models", jsonArray(key.rules.models.map(quoted))),
            ("tags", jsonArray(key.rules.tags.map(quoted))),
            ("actsFor", jsonArray(others(key.rules.actsFor, names).map(quoted))),
            ("needsUser", "\(key.rules.needsUser)"),
            ("needsRun", "\(key.rules.needsRun)"), ("rpm", key.rules.callsPerMinute.map(String.init) ?? "null"),
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

extension GatewayRefusal {
    static func noSuchKey(_ name: String) -> GatewayRefusal {
        .invalid(404, "unknown_key", param: "key", "There is no key '\(name)'. GET /api/admin/keys lists them.")
    }

    fileprivate init(_ failure: ChangeFailure, of key: String) {
        switch failure {
        case .refused(.keyExists):
            self = .invalid(
                409, "key_exists", param: "key",
                "A key '\(key)' is good already, or belongs to another tenant. Revoke it first, rotate it, or take another name."
            )
        case .refused(.badKey):
            self = .invalid("invalid_field", param: "expiresAt", "'expiresAt' must be a time to come.")
        case .refused, .named, .unavailable: self.init(failure)
        }
    }
}

extension GatewayRefusal {
    /// For a change that the books do not take, or that the ledger cannot write.
    init(_ failure: ChangeFailure) {
        switch failure {
        case .refused(let refusal):
            self = .invalid(409, "not_possible", "The books do not take this change: \(refusal).")
        case .named(let place):
            self = .invalid(
                409, "budget_is_named", "This budget is named by \(place), so it is changed there and not here.")
            metadata = [
                ("setAt", quoted(place.description)), ("file", quoted(place.file)),
                ("line", place.line.map(String.init) ?? "null"),
            ]
        case .unavailable(let error):
            self.init(
                503, "server_error", "ledger_unavailable",
                "The ledger cannot write just now, so it is not certain that the change will last: \(error)")
        }
    }
}
