import Budgeting
import ExactMoney
import Ledger
import Logging
import Testing

struct BudgetAddressTests {
    @Test(arguments: [
        "global", "tenant:acme", "tenant:*", "group:blue", "group:*", "key:ci", "key:*", "user:acme/anna",
        "user:acme/a/b",
        "user:acme/*", "user:*", "run:acme/nightly", "run:acme/*", "run:*", "tag:feature=search", "tag:feature=*",
    ])
    func isReadAsItIsWritten(text: String) {
        #expect(BudgetSetting.Scope(text)?.description == text)
    }

    @Test(arguments: [
        "", "globally", "tenant", "tenant:", "user:acme", "user:acme/", "user:/anna", "tag:feature", "tag:=", "x:y",
    ])
    func anotherFormIsNone(text: String) {
        #expect(BudgetSetting.Scope(text) == nil)
    }

    @Test func whatTheSettingsNameIsNotSetElsewhere() async throws {
        let ledger = try Self.ledger(MemoryStore(), Self.caps)
        defer { ledger.close() }
        let named = BudgetSetting(.tenant("acme"), .day, .limit(Money(nanodollars: 9)))
        await #expect(throws: ChangeFailure.named(SettingPlace(name: "TENANT_BUDGETS"))) {
            try await ledger.set(named, by: "ann")
        }
        await #expect(throws: ChangeFailure.named(SettingPlace(name: "TENANT_BUDGETS"))) {
            _ = try await ledger.removeBudget(named.address, by: "ann")
        }
        #expect(ledger.read { books, _, _, _ in books.terms.count } == 5)
    }

    @Test func anOperatorsWordStandsOverADefaultUntilItIsTakenBack() async throws {
        let store = MemoryStore()
        let cap = { (ledger: Ledger) in
            ledger.read { books, _, _, _ in books.terms[.everyTenant(.day)]?.cap.limit?.nanodollars }
        }
        let first = try Self.ledger(store, Self.caps)
        #expect(cap(first) == 5)
        try await first.set(.init(.everyTenant, .day, .limit(Money(nanodollars: 3))), by: "ann")
        first.close()
        let second = try Self.ledger(store.restarted(), Self.caps)
        #expect(cap(second) == 3)
        #expect(try await second.removeBudget(.init(.everyTenant, .day), by: "ann"))
        #expect(cap(second) == 5)
        #expect(try await !second.removeBudget(.init(.everyTenant, .day), by: "ann"))
        try await second.set(.init(.everyTenant, .day, .limit(Money(nanodollars: 3))), by: "ann")
        var named = Self.caps
        named.unnamed = []
        #expect(throws: Never.self) { try second.apply(named).get() }
        #expect(cap(second) == 5, "the settings name it now")
        second.close()
    }

    private static var caps: Caps {
        var caps = Caps(
            everyTenantDaily: .limit(Money(nanodollars: 5)), tenants: ["acme": [.day: .limit(Money(nanodollars: 1))]])
        caps.unnamed = [.init(.everyTenant, .day)]
        caps.places[.init(.tenant("acme"), .day)] = SettingPlace(name: "TENANT_BUDGETS")
        return caps
    }

    private static func ledger(_ store: MemoryStore, _ caps: Caps) throws -> Ledger {
        try Ledger.open(
            store, caps: caps, policy: .init(thresholds: Thresholds()), clock: { Instant(seconds: 1_800_000_000) },
            logger: Logger(label: "test"))
    }
}
