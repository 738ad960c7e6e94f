import ExactMoney

/// The provider, with its own bill. It knows calls by their generation and nothing of budgets.
struct SimulatedProvider {
    enum Record: Equatable {
        /// Nothing of the kind reached it, or it did not charge.
        case none
        case running
        case billed(Money)
    }

    private(set) var records: [Int: Record] = [:]
    /// Generations that run, in order of arrival.
    private(set) var running: [Int] = []

    mutating func receive(_ generation: Int) {
        records[generation] = .running
        running.append(generation)
    }

    mutating func bill(_ generation: Int, _ cost: Money) {
        running.removeAll { $0 == generation }
        records[generation] = .billed(cost)
    }

    /// Ends a call that it does not charge for.
    mutating func drop(_ generation: Int) {
        running.removeAll { $0 == generation }
        records[generation] = Record.none
    }

    func record(of generation: Int) -> Record { records[generation] ?? .none }
}
