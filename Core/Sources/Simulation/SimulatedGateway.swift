import Budgeting
import ExactMoney

/// The shell around the books, as small as it can be: decide, number, append, answer when durable.
///
/// Commands are decided and applied at once; what waits is gathered and written as one batch (group commit). Legal moves of a
/// batch: gathered → writing → kept, or → writing, asked again under the same number while no answer comes, or → refused:
/// then the books are read anew, facts are decided again and everything else is turned down.
struct SimulatedGateway {
    /// One command that is decided but not acknowledged.
    struct Waiting {
        let asked: Asked
        let at: Instant
        let entries: [Entry]

        var reservation: ReservationID? { reserved?.id }
        var windows: [WindowID] { reserved?.windows ?? [] }

        private var reserved: Entry.Reservation? {
            for entry in entries { if case .reserved(let reservation) = entry.event { return reservation } }
            return nil
        }
        /// What was given back.
        var returned: Money {
            for entry in entries { if case .returned(_, let what) = entry.event { return what.amount } }
            return .zero
        }
    }

    struct Writing {
        var number: UInt64
        let bytes: [UInt8]
        let waiting: [Waiting]
    }

    enum Heard {
        case silence
        case acknowledged(number: UInt64, [Waiting])
        /// Turned down: nothing of it is durable.
        case refused([Waiting])
    }

    let zones: Zones
    let mutant: Mutant?
    private(set) var books: Books
    private(set) var gathered: [Waiting] = []
    private(set) var writing: Writing?
    private var lastNumber: UInt64

    /// A process that starts on a store. The calls that were in flight are left unresolved, as nobody knows their cost.
    init(on store: SimulatedStore, zones: Zones, mutant: Mutant?, at wall: Instant) throws(Broken) {
        self.zones = zones
        self.mutant = mutant
        books = try store.replayed(upTo: max(0, store.batches.count - (mutant == .forgetsTheLastBatchAtStart ? 1 : 0)))
        lastNumber = store.lastNumber
        guard mutant != .leavesCallsInFlightAtStart else { return }
        for id in books.open.keys.sorted() where books.open[id]?.doubt == nil {
            let end = mutant == .releasesCallsInFlightAtStart ? Command.release(id) : .leaveUnresolved(id, .ownerEnded)
            try takeFact(Asked(end, by: .start), at: wall)
        }
    }

    /// Decides a command; its answer counts once its batch is acknowledged. A command that comes to nothing is answered at
    /// once, with no entries.
    mutating func ask(_ asked: Asked, at wall: Instant) throws(Broken) -> Result<Waiting, Refusal> {
        let now = mutant == .followsAClockThatRunsBack ? wall : max(wall, books.lastInstant)
        switch decided(asked.command, at: now) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let events):
            let waiting = Waiting(asked: asked, at: now, entries: events.map { Entry(at: now, event: $0) })
            for entry in waiting.entries { try books.fold(entry) }
            if !events.isEmpty { gathered.append(waiting) }
            return .success(waiting)
        }
    }

    mutating func takeFact(_ asked: Asked, at wall: Instant) throws(Broken) {
        if case .failure(let refusal) = try ask(asked, at: wall) {
            throw Broken(.factsAreTaken, "\(asked.command) was refused: \(refusal)")
        }
    }

    /// Hands all that is gathered to the store, if nothing is on its way.
    mutating func beginWriting() {
        guard writing == nil, !gathered.isEmpty else { return }
        writing = Writing(
            number: lastNumber + 1, bytes: Entry.encode(gathered.flatMap(\.entries)), waiting: gathered)
        gathered = []
    }

    mutating func hear(
        _ answer: SimulatedStore.Answer?, from store: SimulatedStore, at wall: Instant
    ) throws(Broken) -> Heard {
        guard let batch = writing else { return .silence }
        switch answer {
        case .kept: return acknowledge(batch)
        case .refused: return try startOver(batch, on: store, at: wall)
        case nil:
            if mutant == .takesAnUnknownCommitAsDurable { return acknowledge(batch) }
            if mutant == .asksAgainUnderANewNumber { writing?.number += 1 }
            return .silence
        }
    }

    private mutating func acknowledge(_ batch: Writing) -> Heard {
        writing = nil
        lastNumber = batch.number
        return .acknowledged(number: batch.number, batch.waiting)
    }

    private mutating func startOver(
        _ batch: Writing, on store: SimulatedStore, at wall: Instant
    ) throws(Broken) -> Heard {
        let all = batch.waiting + gathered
        writing = nil
        gathered = []
        if mutant != .keepsItsBooksAfterARefusedCommit { books = store.books }
        for fact in all where fact.asked.command.isFact && mutant != .dropsFactsOfARefusedCommit {
            try takeFact(fact.asked, at: wall)
        }
        return .refused(all.filter { !$0.asked.command.isFact })
    }
}

/// A command and who waits for its answer.
struct Asked {
    enum Asker: Equatable {
        case call(Int)
        case operations
        case reconciler
        case start
    }

    let command: Command
    let asker: Asker

    init(_ command: Command, by asker: Asker) {
        self.command = command
        self.asker = asker
    }
}

extension Command {
    /// Tells what happened outside. It stays true if the disk is full; all else can be turned down.
    var isFact: Bool {
        switch self {
        case .dispatched, .settle, .release, .leaveUnresolved: true
        case .reserve, .observe, .reset, .credit, .setCap, .setBudget, .readKey, .giveBack, .giveBackOverbooked,
            .giveBackAll, .correct, .issueKey, .rotateKey, .revokeKey, .changeKey, .audit, .price:
            false
        }
    }
}
