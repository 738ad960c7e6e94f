import Budgeting
public import ExactMoney

/// What an operator changes by hand, always with a reason. Entries are added; none is edited.
extension Ledger {
    public enum Change: Hashable, Sendable {
        case booked
        /// It runs, is closed, or never was.
        case notUnresolved
        /// Zero, or more than was settled.
        case badAmount
        case noReason
        case unknownTenant
        case unknownPeriod
    }

    /// Gives back all that an unresolved call holds.
    ///
    /// - Parameter request: `req-12`, or its number alone.
    public func giveBack(request: String, reason: String) -> Change {
        let digits = request.hasPrefix("req-") ? request.dropFirst(4) : request[...]
        guard let number = UInt64(digits) else { return .notUnresolved }
        return change(record(.giveBackAll(ReservationID(number), reason: reason)))
    }

    /// Sets right what a budget's present window holds as settled; below zero it is a credit.
    ///
    /// - Parameters:
    ///   - tenant: nil for the global budget.
    ///   - period: `day` or `month`.
    public func correct(tenant name: String?, period: String, by amount: Money, reason: String) -> Change {
        guard let period = Period.allCases.first(where: { "\($0)" == period }) else { return .unknownPeriod }
        var scope = Scope.global
        if let name {
            guard let tenant = read({ _, names, _, _ in names.tenant(named: name) }) else { return .unknownTenant }
            scope = .tenant(tenant)
        }
        return change(record(.correct(BudgetID(scope, period), amount, reason: reason)))
    }

    private func change(_ result: Result<[Entry.Event], Refusal>) -> Change {
        switch result {
        case .success: .booked
        case .failure(.notOpen): .notUnresolved
        case .failure(.noReason): .noReason
        case .failure: .badAmount
        }
    }

    /// Copies the ledger as it stands into a new file beside it, and proves the copy.
    public func copy(beside name: String) throws -> Verification {
        guard let store = store as? SQLiteStore else {
            throw LedgerError.unavailable("only a ledger in a file can be copied")
        }
        let directory = store.path.lastIndex(of: "/").map { store.path[...$0] } ?? ""
        return try SQLiteStore.copyHeld(path: store.path, to: directory + name)
    }
}
