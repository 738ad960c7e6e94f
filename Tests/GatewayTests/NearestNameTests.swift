import Testing

@testable import Gateway

struct NearestNameTests {
    private static let known = ["name", "tenant", "models", "daily", "monthly", "BUDGET_TIME_ZONE", "rpm"]

    @Test(
        arguments: [
            ("nmae", "name"), ("Name", "name"), ("tennant", "tenant"), ("model", "models"), ("dayly", "daily"),
            ("BUDGET_TIMEZONE", "BUDGET_TIME_ZONE"), ("rmp", "rpm"), ("colour", nil), ("", nil), ("x", nil),
            ("ten", nil),
        ] as [(String, String?)])
    func findsTheCloseOneAndNoOther(_ written: String, _ meant: String?) {
        #expect(NearestName.of(written, among: Self.known) == meant)
    }

    @Test func namesOfAnyLengthAreRefusedQuickly() {
        #expect(NearestName.of(String(repeating: "n", count: 1 << 20), among: Self.known) == nil)
    }
}
