/// The time zones that budgets name, as values. They come from outside with every question; entries hold windows, so that
/// replaying a ledger asks for none.
public struct Zones: Sendable {
    /// The zone of budgets that name none.
    public let standard: ZoneRules
    private var named: [String: ZoneRules]

    public init(_ standard: ZoneRules, _ others: [ZoneRules] = []) {
        self.standard = standard
        named = [ZoneRules.utc.name: .utc]
        for zone in others + [standard] { named[zone.name] = zone }
    }

    public static let utc = Zones(.utc)

    public mutating func add(_ zone: ZoneRules) { named[zone.name] = zone }

    public func knows(_ name: String) -> Bool { named[name] != nil }

    /// - Precondition: a name that was given. Whoever opens a ledger finds the rules of all zones in it first.
    public subscript(_ name: String?) -> ZoneRules {
        guard let name else { return standard }
        guard let zone = named[name] else {
            preconditionFailure("a budget names zone \(name), whose rules nobody gave")
        }
        return zone
    }
}
