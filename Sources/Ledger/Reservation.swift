public import Budgeting
import Synchronization

/// Money set aside, durably. Whoever holds it may call upstream once, and must say how the call ended.
///
/// Not copyable, and each way to end it consumes it, so it is ended once. Dropped without a word it stays unresolved: it
/// is never given back by accident.
public struct Reservation: ~Copyable, Sendable {
    public let id: ReservationID
    private let ledger: Ledger
    private let loop: any CompletionLoop
    private var isOpen = true

    init(id: ReservationID, ledger: Ledger, loop: any CompletionLoop) {
        self.id = id
        self.ledger = ledger
        self.loop = loop
    }

    deinit {
        if isOpen { ledger.record(.leaveUnresolved(id, .ownerEnded), from: loop) }
    }

    /// The provider knows the call by this id.
    public borrowing func dispatched(generation: String) {
        ledger.record(.dispatched(id, generation: generation), from: loop)
    }

    /// Books the true cost in place of what was set aside.
    ///
    /// - Parameter remark: what the call's receipt tells beyond its money.
    public consuming func settle(_ settlement: Entry.Settlement, _ remark: CallRemark? = nil) {
        isOpen = false
        ledger.close(id, by: .settle(id, settlement), remark, from: loop)
    }

    /// Gives it all back: nothing was billed, for certain.
    public consuming func release(_ remark: CallRemark? = nil) {
        isOpen = false
        ledger.close(id, by: .release(id), remark, from: loop)
    }

    /// The true cost is not known: it counts as spent until evidence comes.
    public consuming func leaveUnresolved(_ doubt: Entry.Doubt, _ remark: CallRemark? = nil) {
        isOpen = false
        ledger.close(id, by: .leaveUnresolved(id, doubt), remark, from: loop)
    }
}

/// A durable reservation on its way to whoever asked for it. Never taken, it is released: nothing can have been sent.
public final class ReservationClaim: Sendable {
    public let id: ReservationID
    private let ledger: Ledger
    private let loop: any CompletionLoop
    private let isTaken = Atomic(false)

    init(id: ReservationID, ledger: Ledger, loop: any CompletionLoop) {
        self.id = id
        self.ledger = ledger
        self.loop = loop
    }

    /// - Precondition: taken once.
    public func take() -> Reservation {
        let wasTaken = isTaken.exchange(true, ordering: .acquiringAndReleasing)
        precondition(!wasTaken, "reservation \(id.number) was taken twice")
        return Reservation(id: id, ledger: ledger, loop: loop)
    }

    deinit {
        if !isTaken.load(ordering: .acquiring) { ledger.record(.release(id), from: loop) }
    }
}
