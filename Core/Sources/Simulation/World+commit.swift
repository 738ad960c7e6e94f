import Budgeting
import ExactMoney

extension World {
    /// Begins a batch if there is none, and asks the store once.
    mutating func commit() throws(Broken) {
        gateway?.beginWriting()
        guard let writing = gateway?.writing else { return }
        booksChanged = true
        let fate = nextFate()
        let (answer, new) = try store.append(writing.bytes, as: writing.number, fate: fate)
        touched.formUnion(try billAuditor.read(new))
        guard let heard = try gateway?.hear(answer, from: store, at: wall) else { return }
        switch heard {
        case .silence:
            if fate == .answerLost { report.counts.answersLost += 1 } else { report.counts.batchesLost += 1 }
        case .acknowledged(let number, let waiting):
            guard store.holds(number) else {
                throw Broken(.acknowledgedIsDurable, "batch \(number) was acknowledged but is not in the log")
            }
            report.counts.largestBatch = max(report.counts.largestBatch, waiting.count)
            for answered in waiting { try deliver(answered, to: .caller) }
        case .refused(let lost):
            booksAreNew = true
            report.counts.commitsRefused += 1
            report.counts.factsDecidedAgain += gateway?.gathered.count ?? 0
            for refused in lost { turnDown(refused) }
        }
    }

    private mutating func nextFate() -> SimulatedStore.Fate {
        if isQuiet { return .answered }
        if features.answersAreLost, chance.once(in: 8) { return chance.once(in: 2) ? .answerLost : .lost }
        if features.commitsAreRefused, chance.once(in: 12) { return .refused }
        return .answered
    }

    private enum Listener: Equatable {
        case caller
        /// The caller died with its process; the log alone tells.
        case nobody
    }

    /// An answer that counts: the auditors hear of it, and its caller if there is one.
    private mutating func deliver(_ answered: SimulatedGateway.Waiting, to listener: Listener) throws(Broken) {
        let command = answered.asked.command
        touched.formUnion(
            try bookkeeper.hear(
                command, at: answered.at, reservation: answered.reservation, returned: answered.returned))
        count(command, answered)
        guard case .call(let number) = answered.asked.asker, case .reserve = command else { return }
        if listener == .caller {
            admit(number, as: answered.reservation)
        } else if let reservation = answered.reservation {
            calls[number].reservation = reservation
            callOf[reservation] = number
        }
    }

    private mutating func turnDown(_ refused: SimulatedGateway.Waiting) {
        guard case .call(let number) = refused.asked.asker else { return }
        calls[number].stage = .over
        report.counts.refused += 1
    }

    private mutating func count(_ command: Command, _ answered: SimulatedGateway.Waiting) {
        switch command {
        case .settle:
            report.counts.settled += 1
            if answered.entries.count > 1 { report.counts.overruns += 1 }
        case .release: report.counts.released += 1
        case .leaveUnresolved:
            report.counts.leftUnresolved += 1
            if answered.asked.asker == .start { report.counts.leftUnresolvedAtStart += 1 }
        case .credit, .reset: report.counts.credits += 1
        case .setCap, .setBudget: report.counts.capChanges += 1
        case .giveBack, .giveBackAll: report.counts.returned += 1
        case .correct: report.counts.corrections += 1
        case .reserve, .observe, .dispatched, .readKey, .giveBackOverbooked, .issueKey, .rotateKey, .revokeKey,
            .changeKey, .audit, .price:
            break
        }
    }

    /// The process dies, with all that only its memory holds, and a new one starts on what the store kept.
    mutating func crash() throws(Broken) {
        report.counts.crashes += 1
        if let writing = gateway?.writing, store.holds(writing.number) {
            report.counts.keptButUnanswered += 1
            for kept in writing.waiting { try deliver(kept, to: .nobody) }
        }
        gateway = nil
        endCallsOfADeadProcess()
        gateway = try SimulatedGateway(on: store, zones: zones, mutant: mutant, at: wall)
        booksChanged = true
        booksAreNew = true
        touched.formUnion(billAuditor.windows.keys)
    }
}
