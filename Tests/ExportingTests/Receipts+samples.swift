import Budgeting
import ExactMoney

@testable import Receipts

extension Receipt {
    /// A receipt of a plain call, to be changed where a test wants it.
    static func sample(_ number: UInt64, cost: Int64 = 1_375, _ change: (inout Receipt) -> Void = { _ in }) -> Receipt {
        let id = ReservationID(number)
        var receipt = Receipt(
            id: id, call: id, sequence: Int64(number), isLast: true,
            admittedAt: Instant(milliseconds: 1_780_000_000_000),
            closedAt: Instant(milliseconds: 1_780_000_001_000), generation: "gen-\(number)", trace: nil, tenant: "acme",
            key: nil, user: nil, run: "", tags: [], endpoint: .chat, isStream: false, asked: "v/big", planned: "v/big",
            served: "v/big", provider: "OpenAI", moved: .no,
            attempts: [
                .init(
                    model: "v/big", reservation: id, why: "", status: nil, beganMicroseconds: 500,
                    tookMicroseconds: 900_000)
            ], inputTokens: 9, outputTokens: 2, usage: .init(), cost: Money(nanodollars: cost), promptCost: nil,
            completionCost: nil, evidence: .provider, doubt: nil, reserved: Money(nanodollars: 5_000), saved: .zero,
            status: .answered, httpStatus: 200, finishReason: "stop", dropped: [], stateBefore: .active,
            stateAfter: .active,
            waitedMicroseconds: 0, firstByteMicroseconds: 1_000, totalMicroseconds: 901_000)
        change(&receipt)
        return receipt
    }
}
