/// Who is told: the gateway's operators of everything, a tenant of what is about it.
public struct MessageRoutes: Sendable {
    public var operators: [MessageDestination]
    /// By tenant, beside the operators.
    public var tenants: [String: [MessageDestination]]

    public init(operators: [MessageDestination] = [], tenants: [String: [MessageDestination]] = [:]) {
        self.operators = operators
        self.tenants = tenants
    }

    /// Everyone who is told of something, each once.
    func destinations(of audience: Audience) -> [MessageDestination] {
        switch audience {
        case .operators: return operators
        case .programs: return operators.filter(\.isProgram)
        case .tenant(let tenant): return operators + own(tenant)
        case .tenantAlone(let tenant): return own(tenant)
        }
    }

    /// A tenant's places that are no operator's, each once.
    private func own(_ tenant: String) -> [MessageDestination] {
        (tenants[tenant] ?? []).reduce(into: []) { own, one in
            if !(operators + own).contains(where: one.isSamePlace(as:)) { own.append(one) }
        }
    }

    /// Every place there is, by name, each once.
    public var all: [MessageDestination] {
        var seen: Set<String> = []
        let everyone = operators + tenants.sorted { $0.key < $1.key }.flatMap(\.value)
        return everyone.filter { seen.insert($0.name).inserted }
    }

    public var isEmpty: Bool { operators.isEmpty && tenants.isEmpty }
}
