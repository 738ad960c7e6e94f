import Budgeting

/// A log of batches that keeps its word, on a wire that does not.
///
/// A batch is appended whole or not at all. Appending the same number with the same bytes again is no second append.
struct SimulatedStore {
    enum Fate {
        case answered
        /// Kept, but the answer is lost.
        case answerLost
        /// Neither kept nor answered.
        case lost
        /// Not kept, and said so: the disk is full.
        case refused
    }

    enum Answer {
        case kept
        case refused
    }

    private(set) var batches: [[UInt8]] = []
    private(set) var digest = LogDigest()
    /// The fold of all batches, read back from their bytes.
    private(set) var books = Books()

    var lastNumber: UInt64 { UInt64(batches.count) }

    func holds(_ number: UInt64) -> Bool { number <= lastNumber }

    /// Returns nil where no answer arrives, and the entries where the batch is new.
    mutating func append(
        _ bytes: [UInt8], as number: UInt64, fate: Fate
    ) throws(Broken) -> (answer: Answer?, new: [Entry]) {
        if fate == .refused { return (holds(number) ? .kept : .refused, []) }
        if fate == .lost { return (nil, []) }
        var new: [Entry] = []
        if holds(number) {
            guard number > 0, batches[Int(number) - 1] == bytes else {
                throw Broken(.batchesAreInOrder, "batch \(number) came again with other content")
            }
        } else {
            guard number == lastNumber + 1 else {
                throw Broken(.batchesAreInOrder, "batch \(number) came after batch \(lastNumber)")
            }
            new = try fold(bytes)
            batches.append(bytes)
            digest.add(number)
            digest.add(bytes)
        }
        return (fate == .answered ? .kept : nil, new)
    }

    /// The books that a new process reads.
    func replayed(upTo count: Int) throws(Broken) -> Books {
        var replayed = Books()
        for batch in batches.prefix(count) {
            for entry in try decoded(batch) { try replayed.fold(entry) }
        }
        return replayed
    }

    private mutating func fold(_ bytes: [UInt8]) throws(Broken) -> [Entry] {
        let entries = try decoded(bytes)
        for entry in entries { try books.fold(entry) }
        return entries
    }

    private func decoded(_ bytes: [UInt8]) throws(Broken) -> [Entry] {
        do { return try Entry.decode(bytes) } catch { throw Broken(.noEntryIsBroken, "a batch cannot be read") }
    }
}

extension Books {
    mutating func fold(_ entry: Entry) throws(Broken) {
        do { try apply(entry) } catch { throw Broken(.noEntryIsBroken, error.description) }
    }

    /// As ``agrees(with:)``, for what these events are about.
    func agrees(with other: Books, on events: [Entry.Event]) -> Bool {
        guard lastReservation == other.lastReservation, lastInstant == other.lastInstant,
            open.count == other.open.count, balances.count == other.balances.count
        else { return false }
        return events.allSatisfy { event in
            switch event {
            case .reserved(let reservation):
                open[reservation.id] == other.open[reservation.id]
                    && reservation.windows.allSatisfy { balances[$0] == other.balances[$0] }
            case .dispatched(let id, _), .settled(let id, _), .released(let id), .unresolved(let id, _),
                .overrun(let id, _), .called(let id, _):
                open[id] == other.open[id]
            case .credited(let window, _, _): balances[window] == other.balances[window]
            case .corrected(let window, _, _): balances[window] == other.balances[window]
            case .returned(let id, _): open[id] == other.open[id]
            case .outsideSpent: key == other.key
            case .overbooked(let over):
                key == other.key && over.shares.allSatisfy { balances[$0.window] == other.balances[$0.window] }
            case .audited, .priced: true
            case .keyIssued, .keyRevoked, .keyChanged: keys == other.keys
            case .capChanged(let target, _), .budgetSet(let target, _): terms[target] == other.terms[target]
            }
        }
    }

    func agrees(with other: Books) -> Bool {
        lastReservation == other.lastReservation && lastInstant == other.lastInstant && balances == other.balances
            && open == other.open && key == other.key && terms == other.terms && tallies == other.tallies
            && keys == other.keys
    }
}
