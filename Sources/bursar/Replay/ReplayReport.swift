import Budgeting
import ExactMoney
import Ledger
import Upstream

/// What another policy would have made of past calls.
struct ReplayReport {
    /// What would have become of a call, where that is something else.
    enum Change: String, CaseIterable {
        /// A cheaper model than the one that served.
        case downgraded
        /// A dearer one: a budget moved it then, and would not now.
        case moved
        /// The same model with less output than it gave.
        case shortened
        case refused
    }

    struct Sum {
        var calls = 0
        var actual = MoneySum.zero
        var would = MoneySum.zero

        mutating func add(_ actual: Money, _ would: Money) {
            calls += 1
            self.actual += actual
            self.would += would
        }

        var saved: MoneySum { actual - would }
    }

    struct Line {
        let call: PastCall
        let change: Change
        /// Nil for one that is refused.
        let model: String?
        let why: String?
        let would: Money
    }

    let policy: String
    let from: Instant
    let until: Instant
    /// So many calls are listed, in the order in which they came.
    let most: Int
    private(set) var all = Sum()
    private(set) var changes: [Change: Sum] = [:]
    private(set) var tenants: [String: (all: Sum, changed: Int, refused: Int)] = [:]
    private(set) var lines: [Line] = []
    /// Calls of models that have no price any more; they count as they were.
    private(set) var unpricedCalls = 0

    init(policy: String, from: Instant, until: Instant, most: Int) {
        self.policy = policy
        self.from = from
        self.until = until
        self.most = most
    }

    mutating func served(_ call: PastCall, by model: String, isCut: Bool, cost: Money) {
        var change: Change?
        if model != call.served {
            change = cost < call.cost ? .downgraded : .moved
        } else if isCut {
            change = .shortened
        }
        note(call, change, model: model, why: nil, cost)
    }

    mutating func refused(_ call: PastCall, why: String) { note(call, .refused, model: nil, why: why, .zero) }

    mutating func unpriced(_ call: PastCall) {
        unpricedCalls += 1
        note(call, nil, model: call.served, why: nil, call.cost)
    }

    private mutating func note(_ call: PastCall, _ change: Change?, model: String?, why: String?, _ would: Money) {
        all.add(call.cost, would)
        var tenant = tenants[call.attribution.tenant] ?? (Sum(), 0, 0)
        tenant.all.add(call.cost, would)
        if let change {
            changes[change, default: Sum()].add(call.cost, would)
            if change == .refused { tenant.refused += 1 } else { tenant.changed += 1 }
            if lines.count < most {
                lines.append(Line(call: call, change: change, model: model, why: why, would: would))
            }
        }
        tenants[call.attribution.tenant] = tenant
    }
}

// MARK: - For people and programs

extension ReplayReport {
    private var tenantsInOrder: [(name: String, all: Sum, changed: Int, refused: Int)] {
        tenants.map { ($0.key, $0.value.all, $0.value.changed, $0.value.refused) }
            .sorted { ($1.1.saved, $0.0) < ($0.1.saved, $1.0) }
    }

    var text: String {
        guard all.calls > 0 else { return "No call has a receipt since \(from.rfc3339)." }
        var parts = [
            """
            Under \(policy), of \(all.calls) calls from \(from.rfc3339) until \(until.rfc3339):
            """
        ]
        var kinds = TextTable([("", .left), ("CALLS", .right), ("COST", .right), ("WOULD HAVE", .right)])
        for change in Change.allCases {
            guard let sum = changes[change] else { continue }
            kinds.add([change.rawValue, "\(sum.calls)", sum.actual.dollars, sum.would.dollars])
        }
        kinds.add(["all", "\(all.calls)", all.actual.dollars, all.would.dollars])
        parts.append(kinds.text)
        var table = TextTable([
            ("TENANT", .left), ("CALLS", .right), ("CHANGED", .right), ("REFUSED", .right), ("COST", .right),
            ("WOULD HAVE", .right),
        ])
        for tenant in tenantsInOrder {
            table.add([
                tenant.name, "\(tenant.all.calls)", "\(tenant.changed)", "\(tenant.refused)",
                tenant.all.actual.dollars, tenant.all.would.dollars,
            ])
        }
        parts.append(table.text)
        if !lines.isEmpty { parts.append(listed) }
        parts.append(
            all.saved >= .zero
                ? "It would have saved \(all.saved.dollars)."
                : "It would have cost \((MoneySum.zero - all.saved).dollars) more.")
        return parts.joined(separator: "\n\n")
    }

    private var listed: String {
        var table = TextTable([
            ("CALL", .left), ("AT", .left), ("TENANT", .left), ("MODEL", .left), ("COST", .right), ("WOULD BE", .left),
            ("COST", .right),
        ])
        for line in lines {
            table.add([
                line.call.request, line.call.at.rfc3339, line.call.attribution.tenant, line.call.served,
                line.call.cost.dollars,
                line.model.map { line.change == .shortened ? "shortened" : $0 } ?? "refused, \(line.why ?? "")",
                line.would.dollars,
            ])
        }
        let count = changes.values.reduce(0) { $0 + $1.calls }
        return table.text + (count > lines.count ? "\n… and \(count - lines.count) more; --list says how many." : "")
    }

    var json: String {
        let kinds = Change.allCases.map { "\"\($0.rawValue)\":\(json(changes[$0] ?? Sum()))" }
        let tenants = tenantsInOrder.map { tenant in
            """
            {"tenant":\(JSONText.quoted(tenant.name)),"changed":\(tenant.changed),"refused":\(tenant.refused),\
            "all":\(json(tenant.all))}
            """
        }
        let lines = lines.map { line in
            """
            {"request":"\(line.call.request)","at":"\(line.call.at.rfc3339)",\
            "tenant":\(JSONText.quoted(line.call.attribution.tenant)),"askedModel":\(JSONText.quoted(line.call.asked)),\
            "model":\(JSONText.quoted(line.call.served)),"would":"\(line.change.rawValue)",\
            "wouldModel":\(line.model.map(JSONText.quoted) ?? "null"),"why":\(line.why.map(JSONText.quoted) ?? "null"),\
            "costUsd":"\(line.call.cost)","wouldUsd":"\(line.would)"}
            """
        }
        return """
            {"policy":\(JSONText.quoted(policy)),"from":"\(from.rfc3339)","until":"\(until.rfc3339)","all":\(json(all)),\
            \(kinds.joined(separator: ",")),"unpricedCalls":\(unpricedCalls),\
            "tenants":[\(tenants.joined(separator: ","))],"calls":[\(lines.joined(separator: ","))]}
            """
    }

    private func json(_ sum: Sum) -> String {
        """
        {"calls":\(sum.calls),"costUsd":"\(sum.actual)","wouldUsd":"\(sum.would)","savedUsd":"\(sum.saved)"}
        """
    }
}
