/// Who is told: the gateway's operators of everything, a tenant of what is about it.
public struct MessageRoutes: Sendable {
    public var operators: [MessageDestination]
    /// By tenant, beside the operators.
    public var tenants: [String: [MessageDestination]]

    public init(operators: [MessageDestination] = [], tenants: [String: [MessageDestination]] = [:]) {
        self.operators = operators
        self.tenants = tenants
    }

    /// Everyone who is told of something, each once. Nil for what is about no tenant.
    func destinations(of tenant: String?) -> [MessageDestination] {
        let own = tenant.flatMap { tenants[$0] } ?? []
        return own.reduce(into: operators) { all, one in
            if !all.contains(where: one.isSamePlace(as:)) { all.append(one) }
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
