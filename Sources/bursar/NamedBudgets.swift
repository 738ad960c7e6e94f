import Budgeting
import ControlPlane
import Ledger
import Upstream

/// All budgets that the settings name, and where each is named.
struct NamedBudgets {
    var caps: Caps
    private(set) var spots: [BudgetAddress: Spot] = [:]

    /// - Parameter named: by variables that each say one budget.
    init(_ caps: Caps, named: [BudgetAddress: Spot]) {
        self.caps = caps
        spots = named
    }

    /// What is said of the budgets of one scope.
    struct Lines {
        struct Line {
            var cap: Cap
            var raise: Terms.Raise?
            let spot: Spot
        }

        fileprivate(set) var lines: [Period: Line] = [:]
        fileprivate(set) var zone: (rules: ZoneRules, spot: Spot)?
    }

    /// - Throws: ``SettingsProblem`` where a budget is named twice.
    mutating func add(_ lines: Lines, of scope: BudgetSetting.Scope) throws {
        for (period, line) in lines.lines.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let address = BudgetAddress(scope, period)
            if let other = spots[address] { throw SettingsProblem(line.spot, "is a budget that \(other) names too") }
            spots[address] = line.spot
            switch (scope, period) {
            case (.tenant(let name), _):
                caps.tenants[name, default: [:]][period] = line.cap
                caps.raises[name, default: [:]][period] = line.raise
                continue
            case (.everyTenant, .day): caps.everyTenantDaily = line.cap
            case (.everyTenant, .month): caps.everyTenantMonthly = line.cap
            case (.global, .day): caps.globalDaily = line.cap
            case (.global, .month): caps.globalMonthly = line.cap
            default: break
            }
            caps.others.append(.init(scope, period, line.cap, zone: lines.zone?.rules, raise: line.raise))
        }
        guard case .tenant(let name) = scope, let zone = lines.zone else { return }
        caps.zones[name] = zone.rules
        for period in Period.reported where spots[.init(scope, period)] == nil {
            spots[.init(scope, period)] = zone.spot
        }
    }
}

extension SettingsReader {
    static let budgetNames = ["minute", "hour", "daily", "weekly", "monthly", "total", "timeZone"]

    private static let periods: [String: Period] = [
        "minute": .minute, "hour": .hour, "day": .day, "daily": .day, "week": .week, "weekly": .week, "month": .month,
        "monthly": .month, "total": .total,
    ]

    /// Reads a part that speaks of a budget: `"daily":5`, `"week":{"cap":20,"raise":40,"until":"2027-01-31T00:00:00Z"}`,
    /// `"timeZone":"Europe/Berlin"`.
    ///
    /// - Returns: whether it does.
    func take(_ part: Part, into lines: inout NamedBudgets.Lines) throws -> Bool {
        if part.name == "timeZone" {
            lines.zone = (try zone(part.value, part.spot), part.spot)
            return true
        }
        guard let period = SettingsReader.periods[part.name] else { return false }
        guard lines.lines[period] == nil else {
            throw SettingsProblem(
                part.spot, "is said twice: 'daily' is 'day', 'weekly' is 'week', 'monthly' is 'month'")
        }
        lines.lines[period] = try line(part.value, part.spot)
        return true
    }

    private func line(_ value: JSONValue, _ spot: Spot) throws -> NamedBudgets.Lines.Line {
        guard value.kind == .object else { return .init(cap: try cap(value, spot), spot: spot) }
        var line = NamedBudgets.Lines.Line(cap: .inherited, spot: spot)
        for part in try parts(value, spot, expected: "") {
            switch part.name {
            case "cap": line.cap = try cap(part.value, part.spot)
            case "raise", "until": break
            default: throw SettingsProblem(unknown: part, among: ["cap", "raise", "until"])
            }
        }
        guard (value["raise"] == nil) == (value["until"] == nil) else {
            throw SettingsProblem(spot, "has one of raise and until, expected both or none")
        }
        guard let raise = value["raise"], let until = value["until"] else { return line }
        guard let end = until.string.flatMap({ Instant(rfc3339: $0) }) else {
            throw SettingsProblem(
                spot.at("until"), value: text(until), expected: "a time such as 2027-01-31T00:00:00Z", leavesOut: spot)
        }
        guard let raised = try? amount(raise, spot.at("raise")), line.cap.limit.map({ $0 < raised }) ?? true else {
            let least = line.cap.limit.map { "above the cap, which is \($0)" } ?? "of 0 or more"
            throw SettingsProblem(
                spot.at("raise"), value: text(raise), expected: "an amount of USD \(least)", leavesOut: spot)
        }
        line.raise = .init(to: raised, until: end)
        return line
    }
}
