import Budgeting
import ExactMoney
import Gateway
import Hummingbird
import Ledger
import Metering
import NIOCore

/// What Prometheus reads. Gauges that are a view of the books are taken when it asks.
struct Scrape {
    private let gateway: Gateway

    init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    var response: Response {
        let (calls, holding) = gateway.ledger.read { books, _, _, _ in
            books.open.values.reduce(into: (0, MoneySum.zero)) { sum, call in
                guard call.doubt != nil else { return }
                sum.0 += 1
                sum.1 += call.reservation.amount
            }
        }
        gateway.metrics.unresolved(calls: calls, holding: holding)
        return Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: gateway.metrics.registry.text())))
    }
}
