import Budgeting
import ExactMoney
import Testing

@testable import Exporting
@testable import Receipts

@Suite struct ReceiptSpansTests {
    private let spans = ReceiptSpans(salt: 7)

    private func moved() -> Receipt {
        Receipt.sample(9) { receipt in
            receipt.call = ReservationID(8)
            receipt.attempts.insert(
                .init(
                    model: "v/dear", reservation: ReservationID(8), why: "timeout", status: 504, beganMicroseconds: 10,
                    tookMicroseconds: 90), at: 0)
            receipt.attempts.insert(
                .init(
                    model: "v/open", reservation: nil, why: "breaker_open", status: nil, beganMicroseconds: 0,
                    tookMicroseconds: 0), at: 0)
        }
    }

    private func names(_ span: OTLPSpan) -> Set<String> { Set(span.attributes.map(\.name)) }

    @Test func oneSpanForEachAttemptThatWasSentAndCostOnTheOneThatServed() {
        let made = spans.spans(of: moved())
        #expect(made.map(\.name) == ["chat v/dear", "chat v/big"])
        #expect(made[0].error == "timeout" && made[1].error == nil)
        #expect(!names(made[0]).contains("llm.cost.total") && !names(made[0]).contains("llm.token_count.prompt"))
        #expect(names(made[1]).isSuperset(of: ["llm.cost.total", "gen_ai.usage.cost", "bursar.cost_usd"]))
        #expect(made[0].trace == made[1].trace && made[0].id != made[1].id)
        #expect(
            made.allSatisfy { $0.trace.count == 16 && $0.id.count == 8 && $0.endNanoseconds >= $0.startNanoseconds })
    }

    @Test func standsUnderTheCallersTrace() {
        var receipt = moved()
        receipt.trace = TraceContext(high: 1, low: 2, parent: 3, flags: 1)
        for span in spans.spans(of: receipt) {
            #expect(span.trace == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2])
            #expect(span.parent == [0, 0, 0, 0, 0, 0, 0, 3])
        }
    }

    @Test func aSpanThatIsSentAgainIsTheSame() {
        #expect(spans.spans(of: moved()).map(\.id) == spans.spans(of: moved()).map(\.id))
        #expect(spans.spans(of: moved()).map(\.id) != ReceiptSpans(salt: 8).spans(of: moved()).map(\.id))
    }

    @Test func anAttemptThatIsSettledLateIsASpanOfItsOwn() {
        let told = spans.spans(of: moved())[0]
        let late = spans.spans(
            of: Receipt.sample(8) { receipt in
                receipt.isLast = false
                receipt.doubt = .upstreamBroke
                receipt.evidence = .rates
            })
        #expect(late.count == 1)
        #expect(late[0].id != told.id && late[0].trace == told.trace)
        #expect(names(late[0]).contains("llm.cost.total"))
    }
}
