import Budgeting
import ExactMoney
import Testing

@Suite struct ObserveTests {
    private let acme = TenantID(1)
    private let now = Instant(seconds: 1_795_000_000)

    private func books(cap: Int64) throws -> Books {
        var books = Books()
        let change = Entry.Event.capChanged(.everyTenant(.day), .limit(Money(nanodollars: cap)))
        try books.apply(Entry(at: now, event: change))
        return books
    }

    @Test func setsAsideBeyondTheCapWhereReservingRefuses() throws {
        let books = try books(cap: 10)
        let amount = Money(nanodollars: 11)
        let day = BudgetID(.tenant(acme), .day)
        #expect(
            books.decide(.reserve(CallScopes(acme), model: ModelID(1), amount: amount), at: now, zones: .utc)
                == .failure(.exceeds(day)))
        let observed = books.decide(.observe(CallScopes(acme), model: ModelID(1), amount: amount), at: now, zones: .utc)
        guard case .success(let events) = observed, case .reserved(let made) = events.first else {
            Issue.record("observe mode refused: \(observed)")
            return
        }
        #expect(made.amount == amount)
        #expect(made.windows.count == 4)
    }

    @Test func refusesANegativeAmountAllTheSame() throws {
        let command = Command.observe(CallScopes(acme), model: ModelID(1), amount: Money(nanodollars: -1))
        #expect(try books(cap: 10).decide(command, at: now, zones: .utc) == .failure(.badAmount))
    }
}
