public import Budgeting
internal import ExactMoney
public import Ledger

/// What a person or a program is told of an event: some sentences, and the same as facts.
public struct Notice: Hashable, Sendable {
    /// As in ``GatewayEvent/kind``: `budget.warned`.
    public let kind: String
    /// For a person. The first sentence says what it is about.
    let text: String
    /// Facts, in order. Money is decimal text.
    var facts: [Fact]

    struct Fact: Hashable, Sendable {
        enum Value: Hashable, Sendable {
            case text(String)
            /// Objects with the same members.
            case list([[Fact]])
        }

        let name: String
        let value: Value

        init(_ name: String, _ text: String) {
            self.name = name
            value = .text(text)
        }

        init(_ name: String, _ list: [[Fact]]) {
            self.name = name
            value = .list(list)
        }
    }

    init(kind: String, text: String, facts: [Fact] = []) {
        self.kind = kind
        self.text = text
        self.facts = facts
    }

    /// Nil for what is told nowhere: a breaker that only probes.
    public init?(_ event: GatewayEvent) {
        switch event {
        case .stateReached(let state, let crossing):
            self.init(kind: event.kind, state, crossing)
        case .shareReached(let crossing):
            self.init(kind: event.kind, nil, crossing)
        case .overran(let request, let tenant, let model, let ceiling, let by):
            self.init(
                kind: event.kind,
                text:
                    "The provider billed \(request) of \(tenant) $\(by) above its ceiling of $\(ceiling) on \(model).",
                facts: [
                    Fact("request", request), Fact("tenant", tenant), Fact("model", model),
                    Fact("ceilingUsd", "\(ceiling)"), Fact("overUsd", "\(by)"),
                ])
        case .spentOutside(let amount):
            self.init(
                kind: event.kind, text: "The OpenRouter key spent $\(amount) that no call of this gateway explains.",
                facts: [Fact("amountUsd", "\(amount)")])
        case .assumed(let request, let tenant, let model, let amount):
            self.init(
                kind: event.kind,
                text:
                    "Nothing told what \(request) of \(tenant) cost on \(model); $\(amount), the most it can be, is booked.",
                facts: [
                    Fact("request", request), Fact("tenant", tenant), Fact("model", model),
                    Fact("amountUsd", "\(amount)"),
                ])
        case .priceChanged(let model, let old, let new):
            self.init(
                kind: event.kind, text: "The price of \(model) changed from \(old) to \(new) USD.",
                facts: [Fact("model", model), Fact("old", old), Fact("new", new)])
        case .breakerMoved(_, .halfOpen): return nil
        case .chainStands(let head):
            self.init(
                kind: event.kind,
                text:
                    "The ledger's head is \(head). Kept elsewhere, it lets bursar verify --kept prove these books later.",
                facts: [Fact("head", "\(head)")])
        case .breakerMoved(let model, let breaker):
            self.init(
                kind: event.kind,
                text: breaker == .open
                    ? "\(model) fails again and again; calls skip it for now." : "\(model) answers again.",
                facts: [Fact("model", model), Fact("breaker", breaker.rawValue)])
        case .account(let trouble):
            self.init(
                kind: event.kind, text: "The gateway's own OpenRouter account needs its operator: \(trouble.inWords).",
                facts: [Fact("trouble", trouble.rawValue)])
        case .tenantAccount(let trouble, let tenant):
            self.init(
                kind: event.kind,
                text: "The OpenRouter account of tenant \(tenant) needs its operator: \(trouble.inWordsForTenant).",
                facts: [Fact("trouble", trouble.rawValue), Fact("tenant", tenant)])
        }
    }

    private init(kind: String, _ state: BudgetState?, _ crossing: GatewayEvent.Crossing) {
        let share = ExactDecimal.text(
            Int128(hundredthsOfPercent(crossing.booked, of: .limit(crossing.cap))), decimals: 2)
        let what = state.map { "is \($0.name)" } ?? "has passed \(crossing.level.percent) %"
        self.init(
            kind: kind,
            text:
                "The \(crossing.period) budget of \(crossing.scope.owner) \(what): $\(crossing.booked) of $\(crossing.cap) "
                + "is spent, \(share) %.",
            facts: [Fact("scope", crossing.scope), Fact("period", crossing.period)]
                + (state.map { [Fact("state", $0.name)] } ?? [])
                + (crossing.level > 0 ? [Fact("alertAt", ExactDecimal.text(Int128(crossing.level), decimals: 4))] : [])
                + [
                    Fact("windowStart", crossing.windowStart.rfc3339), Fact("spentUsd", "\(crossing.booked)"),
                    Fact("capUsd", "\(crossing.cap)"),
                ] + (crossing.tenant.map { [Fact("tenant", $0)] } ?? []))
    }
}

extension GatewayEvent.AccountTrouble {
    /// What there is to do.
    fileprivate var inWords: String {
        switch self {
        case .exhausted: "it is out of credit, and calls are refused until some is added"
        case .keyRejected: "its key is rejected, and calls are refused until OPENROUTER_API_KEY is set anew"
        case .keyWithoutLimit: "its key has no limit of its own; give it one, as a second line behind these budgets"
        }
    }

    /// The same where the account is a tenant's.
    fileprivate var inWordsForTenant: String {
        switch self {
        case .exhausted: "it is out of credit, and the tenant's calls are refused until some is added"
        case .keyRejected:
            "its key is rejected, and the tenant's calls are refused until its upstreamKey holds a valid one"
        case .keyWithoutLimit: "its key has no limit of its own"
        }
    }
}

extension String {
    /// A scope as a person says it.
    var owner: String { self == "global" ? "all tenants together" : self }
}

extension Int64 {
    /// Ten-thousandths as percent: `80`, `99.5`.
    var percent: String { ExactDecimal.text(Int128(self), decimals: 2) }
}

// MARK: - As it is sent

extension Notice {
    /// The body of a Standard Webhook.
    public func standard(at now: Instant) -> String {
        JSONWriter.object { body in
            body.member("type", kind)
            body.member("timestamp", now.rfc3339)
            body.key("data")
            body.object { data in
                data.member("message", text)
                for fact in facts { data.member(fact) }
            }
        }
    }

    /// The body of Slack's incoming webhook. https://docs.slack.dev/messaging/formatting-message-text#escaping
    var slack: String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return JSONWriter.object { $0.member("text", escaped) }
    }

    /// A letter: its subject, an empty line, its text.
    var letter: String {
        let sentence = text.split(separator: ". ", maxSplits: 1).first.map(String.init) ?? text
        let about = sentence.split(separator: ": ", maxSplits: 1).first.map(String.init) ?? sentence
        let subject = about.split(whereSeparator: \.isNewline).joined(separator: " ")
        let details = facts.flatMap(\.lines).joined(separator: "\n")
        return "[Bursar] \(subject)\n\n\(text)\n\n\(details)\n"
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ fact: Notice.Fact) {
        key(named: fact.name)
        switch fact.value {
        case .text(let text): string(text)
        case .list(let list):
            array { array in
                for one in list { array.object { object in for member in one { object.member(member) } } }
            }
        }
    }
}

extension Notice.Fact {
    fileprivate var lines: [String] {
        switch value {
        case .text(let text): ["\(name): \(text)"]
        case .list(let list): ["\(name):"] + list.map { "  " + $0.flatMap(\.lines).joined(separator: ", ") }
        }
    }
}
