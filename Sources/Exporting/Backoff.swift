/// How long to wait after failures in a row: doubling from a second to a minute, each with a random part, so that gateways that
/// failed together do not come back together.
struct Backoff: Hashable, Sendable {
    private(set) var failures = 0

    static let firstMilliseconds: Int64 = 1_000
    static let mostMilliseconds: Int64 = 60_000

    mutating func succeeded() { failures = 0 }

    /// - Parameter chance: from 0 up to 1.
    mutating func failed(chance: Double) -> Int64 {
        let doubled = Self.firstMilliseconds << min(failures, 6)
        failures += 1
        let whole = min(doubled, Self.mostMilliseconds)
        return whole / 2 + Int64(Double(whole / 2) * chance)
    }
}
