import Budgeting
import ExactMoney
import Gateway
import Hummingbird
import Ledger
import Upstream

/// Virtual keys: issued, listed, changed, rotated, revoked. A secret is in the answer that makes it, and nowhere after.
struct KeyOperations: Sendable {
    let gateway: Gateway
    private let office: KeyOffice

    init(gateway: Gateway) {
        self.gateway = gateway
        office = KeyOffice(gateway)
    }

    var all: [Operation] { [list, issue, show, change, revoke, rotate] }

    private static let key = Operation.Parameter(name: "key", schema: .text(.name), note: "What the key is called.")
    private static let noSuchKey = (404, "There is no key of this name.")
    private static let calls = 0...Int64(KeyEdit.mostCalls)

    private var list: Operation {
        Operation(
            method: .get, path: "/api/admin/keys", id: "listKeys",
            summary: "Keys by name, the revoked ones too; all of them where no limit is given.",
            inQuery: [
                .init(name: "tenant", schema: .text(.name), note: "Only this tenant's."),
                .init(name: "after", schema: .text(.name), note: "What the page before said is next."),
                .init(name: "limit", schema: .whole(1...1000), note: "How many at most."),
            ],
            answers: [
                .ok(
                    "The keys.",
                    .object([
                        Schema.field("keys", .array(.named("Key"))),
                        Schema.optional("next", .anyText, "Give it as 'after'; left out on the last page."),
                    ]))
            ]
        ) { [gateway] question in
            let page = KeyText.page(
                gateway.ledger, of: question.query["tenant"], after: question.query["after"],
                question.limit(default: .max))
            let next = page.next.map { [("next", quoted($0))] } ?? []
            return Response(json: jsonObject([("keys", jsonArray(page.keys))] + next))
        }
    }

    private var show: Operation {
        Operation(
            method: .get, path: "/api/admin/keys/{key}", id: "showKey", summary: "One key.", inPath: [Self.key],
            answers: [.ok("The key.", .named("Key"))], refusals: [Self.noSuchKey]
        ) { question in
            let name = question.path["key"] ?? ""
            do throws(KeyFailure) { return Response(json: try text(of: name)) } catch {
                throw GatewayRefusal(error, of: name)
            }
        }
    }

    private var issue: Operation {
        Operation(
            method: .post, path: "/api/admin/keys", id: "issueKey",
            summary: "Issues a key. Its secret is in this answer and nowhere else.",
            body: .object(
                [
                    Schema.field("tenant", .text(.name), "Whose calls it makes."),
                    Schema.optional("key", .text(.name), "What it is called; left out it is named after the tenant."),
                ] + Self.rules + [
                    Schema.optional("expiresAt", .text(.instant), "From then on it opens nothing."),
                    Schema.optional("rpm", .whole(Self.calls), "How many calls may begin in any 60 seconds."),
                    Schema.optional("concurrent", .whole(Self.calls), "How many calls may run at once."),
                    Schema.optional("budgets", .array(KeyText.budget, most: Period.allCases.count), "Its own budgets."),
                ]),
            answers: [Operation.Answer(status: 201, note: "The key, and its secret.", schema: .named("IssuedKey"))],
            refusals: [(409, "A key of this name is good, or belongs to another tenant.")]
        ) { question in try await issue(question) }
    }

    private var change: Operation {
        Operation(
            method: .patch, path: "/api/admin/keys/{key}", id: "changeKey",
            summary:
                "Changes what a key may do; its secrets stay, and what is left out. Doing it again changes nothing.",
            inPath: [Self.key],
            body: .object(
                Self.rules + [
                    Schema.optional(
                        "expiresAt", .nullable(.text(.instant)),
                        "When its newest secret ends, and those before it at the latest: a time to come; null for never."
                    ),
                    Schema.optional(
                        "rpm", .nullable(.whole(Self.calls)),
                        "How many calls may begin in any 60 seconds; null for any."),
                    Schema.optional(
                        "concurrent", .nullable(.whole(Self.calls)), "How many calls may run at once; null for any."),
                ], least: 1),
            answers: [.ok("The key as it stands now.", .named("Key"))],
            refusals: [
                Self.noSuchKey, (409, "It opens nothing any more, or the settings say how many calls it may make."),
            ]
        ) { question in try await change(question) }
    }

    private var revoke: Operation {
        Operation(
            method: .delete, path: "/api/admin/keys/{key}", id: "revokeKey",
            summary: "Revokes all secrets of a key, at once. Doing it again changes nothing.", inPath: [Self.key],
            answers: [.ok("The key.", .named("Key"))], refusals: [Self.noSuchKey]
        ) { [office] question in
            let name = question.path["key"] ?? ""
            do throws(KeyFailure) {
                try await office.revoke(name, by: question.who)
                return Response(json: try text(of: name))
            } catch { throw GatewayRefusal(error, of: name) }
        }
    }

    private var rotate: Operation {
        Operation(
            method: .post, path: "/api/admin/keys/{key}/rotate", id: "rotateKey",
            summary: "Gives a key a new secret; the ones before it stay good for the overlap.", inPath: [Self.key],
            body: .object([
                Schema.optional(
                    "overlapSeconds", .whole(0...KeyOffice.mostOverlapSeconds),
                    "How long the secrets before it stay good; left out, a day."),
                Schema.optional("expiresAt", .text(.instant), "From then on the new secret opens nothing."),
            ]),
            answers: [Operation.Answer(status: 201, note: "The key, and its new secret.", schema: .named("IssuedKey"))],
            refusals: [Self.noSuchKey]
        ) { question in try await rotate(question) }
    }

    /// Members that an order for a key and a change of one have in common.
    private static let rules = [
        Schema.optional(
            "models", .array(.text(.modelPattern), most: KeyEdit.mostModels), "Models it may use; none for all."),
        Schema.optional("tags", .array(.text(.tag), most: KeyEdit.mostTags), "Tags put on every call."),
        Schema.optional(
            "actsFor", .array(.text(.oneOfOrName("*")), most: KeyEdit.mostTenants),
            "Other tenants it may call for; * is all."),
        Schema.optional("needsUser", .boolean, "Calls without a user are refused."),
        Schema.optional("needsRun", .boolean, "Calls without a run are refused."),
    ]
}

// MARK: - What they do

extension KeyOperations {
    private func issue(_ question: Question) async throws -> Response {
        let budgets = try budgets(question)
        let named = question.text("key")
        do throws(KeyFailure) {
            let (name, secret) = try await office.issue(
                named, for: question.text("tenant") ?? "", KeyEdit(question), budgets: budgets, by: question.who)
            return try issued(name, secret)
        } catch { throw GatewayRefusal(error, of: named ?? "") }
    }

    private func budgets(_ question: Question) throws -> [Period: Money] {
        let budgets = (question.body?["budgets"]?.elements.map { $0 } ?? []).compactMap { budget -> (Period, Money)? in
            guard let period = Period.allCases.first(where: { "\($0)" == budget["period"]?.string }),
                let limit = budget["capUsd"]?.string.flatMap(Money.init(admitting:))
            else { return nil }
            return (period, limit)
        }
        guard Set(budgets.map(\.0)).count == budgets.count else {
            throw GatewayRefusal.invalid("invalid_field", param: "budgets", "'budgets' must name each period once.")
        }
        return Dictionary(uniqueKeysWithValues: budgets)
    }

    private func change(_ question: Question) async throws -> Response {
        let name = question.path["key"] ?? ""
        do throws(KeyFailure) {
            try await office.change(name, KeyEdit(question), by: question.who)
            return Response(json: try text(of: name))
        } catch { throw GatewayRefusal(error, of: name) }
    }

    private func rotate(_ question: Question) async throws -> Response {
        let name = question.path["key"] ?? ""
        do throws(KeyFailure) {
            let secret = try await office.rotate(
                name, overlapSeconds: question.body?["overlapSeconds"]?.wholeNumber ?? KeyOffice.overlapSeconds,
                expiresAt: question.text("expiresAt").flatMap { Instant(rfc3339: $0) }, by: question.who)
            return try issued(name, secret)
        } catch { throw GatewayRefusal(error, of: name) }
    }

    private func text(of name: String) throws(KeyFailure) -> String {
        let text = gateway.ledger.read { books, names, _, now in
            names.key(named: name).flatMap { books.keys.keys[$0] }.map { KeyText.json($0, names, books, at: now) }
        }
        guard let text else { throw .unknown }
        return text
    }

    private func issued(_ name: String, _ secret: KeySecret) throws(KeyFailure) -> Response {
        Response(
            status: .created, json: jsonObject([("key", try text(of: name)), ("secret", quoted(secret.text))]))
    }
}

extension KeyEdit {
    /// What a body says that was checked.
    fileprivate init(_ question: Question) {
        self.init()
        let body = question.body
        func bound<Value>(_ name: String, _ read: (JSONValue) -> Value?) -> Bound<Value> {
            body?[name].map { $0.isNull ? .unbounded : Bound(read($0)) } ?? .asItIs
        }
        func texts(_ name: String) -> [String]? { body?[name].map { _ in question.texts(name) } }
        models = texts("models")
        tags = texts("tags")
        actsFor = texts("actsFor")
        needsUser = body?["needsUser"]?.bool
        needsRun = body?["needsRun"]?.bool
        expiresAt = bound("expiresAt") { $0.string.flatMap { Instant(rfc3339: $0) } }
        callsPerMinute = bound("rpm") { $0.wholeNumber.map { UInt32(clamping: $0) } }
        callsAtOnce = bound("concurrent") { $0.wholeNumber.map { UInt32(clamping: $0) } }
    }
}

extension GatewayRefusal {
    static func noSuchKey(_ name: String) -> GatewayRefusal {
        .invalid(404, "unknown_key", param: "key", "There is no key '\(name)'. GET /api/admin/keys lists them.")
    }

    fileprivate init(_ failure: KeyFailure, of key: String) {
        switch failure {
        case .unknown: self = .noSuchKey(key)
        case .limitsNamed(let place):
            self = .invalid(
                409, "key_is_named",
                "How many calls key '\(key)' may make is named by \(place), so it is changed there and not here.")
            metadata = GatewayRefusal.place(place)
        case .change(.refused(.keyExists)):
            self = .invalid(
                409, "key_exists", param: "key",
                "A key '\(key)' is good already, or belongs to another tenant. Revoke it first, rotate it, or take another name."
            )
        case .change(.refused(.keyEnded)):
            self = .invalid(
                409, "key_ended", param: "key",
                "No secret of key '\(key)' is good any more, so there is nothing to change. Rotate it for a new one.")
        case .change(.refused(.badKey)):
            self = .invalid("invalid_field", param: "expiresAt", "'expiresAt' must be a time to come.")
        case .change(let failure): self.init(failure)
        }
    }

    fileprivate static func place(_ place: SettingPlace) -> [(String, String)] {
        [
            ("setAt", quoted(place.description)), ("file", quoted(place.file)),
            ("line", place.line.map(String.init) ?? "null"),
        ]
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
            metadata = GatewayRefusal.place(place)
        case .unavailable(let error):
            self.init(
                503, "server_error", "ledger_unavailable",
                "The ledger cannot write just now, so it is not certain that the change will last: \(error)")
        }
    }
}
