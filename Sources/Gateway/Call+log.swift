import ExactMoney
import Logging
import Metering
import NIOCore
import Pricing
import Routing

extension Call {
    /// One line for each call, at `info`: who asked for what, who served it, what it cost, how long it took. Never a key, a prompt or
    /// a completion.
    func logEnd() {
        guard gateway.logger.logLevel <= .info else { return }
        var facts: Logger.Metadata = [
            "tenant": .string(caller.tenant), "asked": .string(plan.hops[0].model.name.text),
            "model": .string(plan.hops[hop].model.name.text), "outcome": .string(outcome.rawValue),
            "milliseconds": .stringConvertible((NIODeadline.now() - began).nanoseconds / 1_000_000),
        ]
        if !requestID.isEmpty { facts["request"] = .string(requestID) }
        if let cost { facts["cost"] = .string(cost.description) }
        if let grant { facts["reserved"] = .string(grant.amount.description) }
        if waitedNanoseconds > 0 { facts["waitedMilliseconds"] = .stringConvertible(waitedNanoseconds / 1_000_000) }
        let failed = machine.attempts
        if !failed.isEmpty {
            facts["attempts"] = .string(
                failed.map { "\(plan.hops[$0.hop].model.name):\($0.why)" }.joined(separator: " "))
        }
        gateway.logger.info("call", metadata: facts)
    }
}
