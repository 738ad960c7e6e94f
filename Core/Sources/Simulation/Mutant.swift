/// A mistake that a gateway could make. Each must be found by the auditors; one that survives shows a blind auditor.
///
/// The mistakes stand in the simulated gateway and in its world, never in the deciding code.
public enum Mutant: String, Hashable, Sendable, CaseIterable {
    // Admission
    case forgetsReservedMoney
    case forgetsUnresolvedMoney
    case forgetsTheGlobalBudgets
    case forgetsNarrowBudgets
    case letsARaiseLast
    case countsByOneZone
    case countsNarrowBudgetsNowhere
    // Commit
    case takesAnUnknownCommitAsDurable
    case asksAgainUnderANewNumber
    case keepsItsBooksAfterARefusedCommit
    case dropsFactsOfARefusedCommit
    case dispatchesBeforeTheReservationIsDurable
    // Closing
    case keepsTheReservationOfASettlement
    case releasesACutStream
    case releasesWhatTheClientLeft
    case settlesAtMostTheCeiling
    case forgetsToAnnounceAnOverrun
    case countsACallWhereItEnds
    case expiryGivesUnresolvedMoneyBack
    // Start and time
    case releasesCallsInFlightAtStart
    case leavesCallsInFlightAtStart
    case forgetsTheLastBatchAtStart
    case followsAClockThatRunsBack
}
