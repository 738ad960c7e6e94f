@testable import Gateway

/// Budgeting has a refusal of its own; this one is what a client is told. (`Gateway` names the class, so the module cannot
/// tell them apart.)
typealias GatewayRefusal = Refusal

extension GatewayRefusal {
    /// Status, reason and field, as tables write them.
    var summary: String { "\(status) \(reason)\(param.map { " \($0)" } ?? "")" }
}
