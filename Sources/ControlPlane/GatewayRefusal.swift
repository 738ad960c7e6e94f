import Gateway

/// What a caller is told. `Budgeting` has a refusal of its own, so files that know both say which they mean.
typealias GatewayRefusal = Refusal
