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
        reportBudgets()
        for report in gateway.exports.reports {
            gateway.metrics.exports.report(
                report.sink, report.totals, behind: report.behind, lagMilliseconds: report.lagMilliseconds)
        }
        return Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: gateway.metrics.registry.text())))
    }

    /// The budgets of the first thousand tenants, some at a time: reading holds the books' lock.
    private func reportBudgets() {
        let tenants = gateway.ledger.read { _, names, _, _ in Array(names.tenants.prefix(1_000)) }
        for start in stride(from: 0, to: tenants.count, by: 50) {
            let some = tenants[start..<min(start + 50, tenants.count)]
            let standings = gateway.ledger.read { books, names, policy, now in
                some.map { (names.text(of: $0), Standing(of: $0, in: books, at: now, policy: policy)) }
            }
            for (tenant, standing) in standings {
                report(tenant, "day", standing.daily)
                report(tenant, "month", standing.monthly)
            }
        }
    }

    private func report(_ tenant: String, _ name: String, _ window: Standing.Window) {
        guard let cap = window.cap.limit else { return }
        gateway.metrics.budgets.report(
            tenant,
            .init(
                name: name, cap: cap, used: window.balance.booked, reserved: window.balance.reserved,
                state: Int64(window.state.rawValue)))
    }
}
