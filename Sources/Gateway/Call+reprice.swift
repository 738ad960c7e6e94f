import NIOCore
import Pricing
import Routing
import Upstream

extension Call {
    /// No endpoint sells the model at the price that was pinned: it is tried once more at its dearest endpoint's, if that can be
    /// known and is dearer. Where the client itself named a price, its word stands.
    func reprice(_ hop: Int) {
        guard !plan.request.namesMaxPrice else { return obey(machine.repriced(.nothingDearer)) }
        gateway.endpointPrices.dearest(of: plan.hops[hop].model.name, from: loop.pool).assumeIsolated().whenComplete {
            [weak self] result in
            guard let self, !isOver else { return }
            guard case .success(let sheet) = result, plan.raise(hop, to: sheet) else {
                return obey(machine.repriced(.nothingDearer))
            }
            obey(machine.repriced(.dearer))
        }
    }
}
