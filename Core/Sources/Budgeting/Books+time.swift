/// What time it is for the books. They go by the wall clock, but time never runs back in them.
extension Books {
    /// The wall clock, or the last entry where that is later.
    public func time(wall: Instant) -> Instant { max(wall, lastInstant) }

    /// Whether the last entry is a day or more ahead of the wall clock: then one of the two is wrong, and nobody here can tell which.
    /// Deciding on would fill windows that are yet to come.
    public func isAhead(of wall: Instant) -> Bool {
        guard lastInstant > wall else { return false }
        let (lead, isBeyond) = lastInstant.milliseconds.subtractingReportingOverflow(wall.milliseconds)
        return isBeyond || lead >= Books.mostLeadMilliseconds
    }

    private static let mostLeadMilliseconds: Int64 = 86_400_000
}
