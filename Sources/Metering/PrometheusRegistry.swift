import Synchronization

/// All metrics of the process, and their text in Prometheus' format 0.0.4.
///
/// Whatever counts asks once for its series and keeps it: that takes a lock. Counting on it takes none and allocates nothing.
/// Libraries come in through swift-metrics' API (`PrometheusRegistry+factory`), the gateway through ``GatewayMetrics``, which
/// can also say what a metric means and count money exactly.
public final class PrometheusRegistry: Sendable {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let families = Mutex<[String: any FamilyText]>([:])

    public init() {}

    /// What `GET /metrics` answers: families by name, series by their labels. The numbers are read one after the other while
    /// others count on, so two of them may lie an event apart; each is exact.
    public func text() -> String {
        let families = families.withLock { Array($0.values) }.sorted { $0.name < $1.name }
        var exposition = Exposition()
        for family in families { family.write(to: &exposition) }
        return exposition.text
    }

    /// The family of this name, made where there is none yet.
    ///
    /// - Precondition: whoever asked for the name before wanted the same kind of series.
    func family<Member: Series>(
        _ name: String, help: String, make: @escaping @Sendable () -> Member
    ) -> Family<Member> {
        families.withLock { families in
            guard let known = families[name] else {
                let made = Family(name, help: help, make: make)
                families[name] = made
                return made
            }
            guard let family = known as? Family<Member> else {
                preconditionFailure("the metric \(name) is wanted as \(Member.self), but is \(type(of: known))")
            }
            return family
        }
    }
}
