import Budgeting
import ExactMoney
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Pricing
import Routing
import Upstream

/// The client's side of a call: where its answer is written. The connection's handler is the only one.
protocol ClientConnection: AnyObject {
    var isWritable: Bool { get }
    func write(_ head: HTTPResponseHead)
    func write(_ bytes: ByteBuffer)
    func flush()
    /// The answer is complete.
    func end(_ quality: AnswerQuality)
    /// The client takes nothing; nothing more can be said to it.
    func abort()
}

/// Whether an answer is worth being given again.
enum AnswerQuality: Sendable {
    case sound
    case broken
}

/// One call, from the read request to the settled money, on one event loop. It obeys the ``RequestMachine``: the `if`s about
/// money and models are there and in ``Admission``; here is only what they need done.
///
/// `Call+reserve` makes reservations, `Call+upstream` hears the answer, `Call+answer` speaks to the client, `Call+settle`
/// closes the books, `Call+leave` does what is left when the client has gone.
final class Call: ExchangeDelegate, @unchecked Sendable {
    // Unchecked because the ledger's answers come back through closures that cross its writer thread; they run on `loop`.
    let gateway: Gateway
    let loop: LoopContext
    let client: any ClientConnection
    let caller: Caller
    /// Changes where a model is tried at a dearer endpoint's price.
    var plan: RoutePlan
    let head: HTTPRequestHead
    let scopes: CallScopes
    /// The tenant's own; nil for the gateway's.
    let upstreamKey: String?
    var machine: RequestMachine

    // The attempt that is running.
    var hop = 0
    var grant: Grant?
    var would: Observation.Would?
    var reservation: Reservation?
    var exchange: Exchange?
    var answer = Answer.none
    var timer: Scheduled<Void>?
    var waiter: WaiterID?
    var lastHeard = NIODeadline.now()
    var stalledSince: NIODeadline?
    /// The provider's id of the attempt.
    var generation: String?
    /// The breaker was asked and has not been told how it ended.
    var owesBreaker = false
    var requestID = ""
    var outcome = GatewayMetrics.Outcome.failed
    var cost: Money?
    /// What the cost was for, where it is known.
    var tokens = GatewayMetrics.Tokens()
    let began = NIODeadline.now()
    /// What its receipt will tell.
    var receipt: CallReceipt
    /// When the request was read, until the first dispatch has been timed.
    var readAt: NIODeadline?
    var waitingSince: NIODeadline?
    var waitedNanoseconds: Int64 = 0
    /// The client is gone, and upstream is read on, for what the answer cost; else what the doubt will be.
    var draining: Entry.Doubt?
    private let pacePlace: CallPace.Place
    private var countsForPace = true
    /// The client has gone, or all has been said to it, and the books are closed.
    var isOver = false
    /// Told when the client's leaving has ended the call.
    var whenAbandoned: (() -> Void)?
    /// What a large body takes of the allowance, as long as the call lasts.
    var bodyShare: BodyShare?
    /// The last failed answer of upstream, for passing on.
    var refused: WholeAnswer?

    /// What has come of the answer so far.
    enum Answer {
        case none
        /// Taken whole before it goes on.
        case whole(WholeAnswer)
        /// Relayed as it comes.
        case stream(EventStream, generation: String?)
    }

    struct WholeAnswer {
        var head: HTTPResponseHead
        var bytes: [UInt8] = []
        /// Read when the answer is complete.
        var usage: ReportedUsage?
        var provider: String?
        var finishReason: String?
    }

    init(
        _ gateway: Gateway, _ loop: LoopContext, _ client: any ClientConnection, _ head: HTTPRequestHead,
        _ caller: Caller, _ plan: RoutePlan, _ pacePlace: CallPace.Place
    ) {
        self.gateway = gateway
        self.loop = loop
        self.client = client
        self.head = head
        self.caller = caller
        self.plan = plan
        self.pacePlace = pacePlace
        upstreamKey = caller.rules.upstreamKey
        var scopes = gateway.ledger.scopes(of: caller.attribution)
        scopes.usesOwnKey = upstreamKey != nil
        self.scopes = scopes
        receipt = CallReceipt(asked: plan.hops[0].offer.model)
        let now = gateway.clock()
        var open: [Int] = []
        var skipped: [(hop: Int, retryAfterMilliseconds: Int64)] = []
        for (index, hop) in plan.hops.enumerated() {
            if let milliseconds = gateway.breakers.closedFor(hop.model.name, at: now) {
                skipped.append((index, milliseconds))
            } else {
                open.append(index)
            }
        }
        machine = RequestMachine(hops: open, skipped: skipped, clientNamedModel: plan.clientNamedModel)
    }

    func start() {
        gateway.callBegan()
        readAt = .now()
        for attempt in machine.attempts where !machine.isExhausted { meterFallback(attempt) }
        loop.calls[ObjectIdentifier(self)] = self
        for attempt in machine.attempts { receipt.passedOver(plan.hops[attempt.hop].offer.model, why: attempt.why) }
        obey(machine.start())
    }

    /// Does what the machine says.
    func obey(_ action: RequestMachine.Action) {
        switch action {
        case .reserve(let hops): reserve(hops: hops, .first)
        case .reserveNext(let next):
            if next != hop, let attempt = machine.attempts.last { meterFallback(attempt) }
            reserve(hops: [next], .next)
        case .send(let hop): send(hop)
        case .reprice(let hop): reprice(hop)
        case .pause(let milliseconds):
            timer = loop.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) { [weak self] in
                guard let self, !isOver else { return }
                obey(machine.resumed())
            }
        case .answer(let answer): refuse(answer)
        case .nothing: break
        }
    }

    /// The gateway's time to drain is over.
    func shutDown() {
        guard !isOver else { return }
        if let waiter { _ = gateway.ledger.withdraw(waiter) }
        outcome = .cut
        abandonUpstream(.ownerEnded)
        if draining == nil { client.abort() }
        finish()
    }

    /// Everything has been said and booked.
    func finish() {
        guard !isOver else { return }
        isOver = true
        machine.ended()
        timer?.cancel()
        timer = nil
        exchange = nil
        whenAbandoned = nil
        loop.calls[ObjectIdentifier(self)] = nil
        gateway.callEnded()
        leavePace()
        stopWaiting()
        loop.metrics.callEnded(
            tenant: caller.tenant, model: plan.hops[hop].model.name.text, outcome: outcome, cost: cost, tokens: tokens)
        logEnd()
    }

    /// The caller may make its next call: this one has ended, or is only read on for its cost.
    func leavePace() {
        guard countsForPace else { return }
        countsForPace = false
        gateway.pace.end(pacePlace)
    }

    private func meterFallback(_ attempt: RequestMachine.Attempt) {
        gateway.metrics.fellBack(from: plan.hops[attempt.hop].model.name.text, why: attempt.why)
    }

    /// The wait for held money is over, one way or the other.
    func stopWaiting() {
        guard let since = waitingSince else { return }
        waitingSince = nil
        let nanoseconds = (NIODeadline.now() - since).nanoseconds
        waitedNanoseconds += nanoseconds
        gateway.metrics.waited(nanoseconds: nanoseconds)
    }
}
