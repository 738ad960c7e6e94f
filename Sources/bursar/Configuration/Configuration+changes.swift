import Gateway

/// What a reload changes, for the log: secrets are told to have changed, never what they are.
extension Configuration {
    struct Change {
        let spot: Spot
        let old: String
        let new: String
        /// Whether it takes hold while the gateway runs.
        let isLive: Bool
    }

    /// By variable, and of one that holds JSON by its members.
    func changes(since old: Configuration) -> [Change] {
        let named = noticeVariables.union(old.noticeVariables)
        let read = ConfigKeys.inFile.union(ConfigKeys.environmentOnly).union(named)
        let variables = Set(values.keys).union(old.values.keys).intersection(read).sorted()
        let changed = variables.filter { values[$0] != old.values[$0] }
        return changed.flatMap { variable in
            let isLive = !ConfigKeys.atStart.contains(variable)
            return Configuration.changes(of: variable, old.values[variable], values[variable]).map {
                Change(spot: $0, old: $1, new: $2, isLive: isLive)
            }
        } + keyChanges(since: old)
    }

    /// Variables that hold the addresses of tenants' notices, `$NAME` in `notify`.
    private var noticeVariables: Set<String> {
        let tenants = values["TENANT_BUDGETS"] ?? ""
        guard tenants.contains("$") else { return [] }
        return Set(values.keys.filter { tenants.contains("$\($0)") })
    }

    private static func changes(of variable: String, _ old: String?, _ new: String?) -> [(Spot, String, String)] {
        func shown(_ value: String?) -> String { value.map { ConfigKeys.shown(variable, $0) } ?? "unset" }
        guard ConfigKeys.tables.values.contains(variable), let before = JSONTable(old ?? "{}"),
            let after = JSONTable(new ?? "{}")
        else { return [(Spot(variable), shown(old), shown(new))] }
        return before.names.union(after.names).sorted().compactMap { name in
            guard before[name] != after[name] else { return nil }
            return (Spot(variable).at(name), shown(before[name]), shown(after[name]))
        }
    }

    /// Keys that changed where they are kept.
    private func keyChanges(since old: Configuration) -> [Change] {
        settings.upstreamKeys.keys.sorted().compactMap { tenant in
            let (before, after) = (old.settings.gateway.tenants[tenant], settings.gateway.tenants[tenant])
            guard before?.upstreamKey != nil, before?.upstreamKey != after?.upstreamKey,
                old.settings.upstreamKeys[tenant] == settings.upstreamKeys[tenant]
            else { return nil }
            let spot = Spot("TENANT_BUDGETS", [tenant, "upstreamKey"])
            return Change(spot: spot, old: "secret", new: "secret", isLive: true)
        }
    }
}
