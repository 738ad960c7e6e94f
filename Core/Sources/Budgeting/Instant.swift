/// A moment: milliseconds since 1970-01-01T00:00:00Z. It always comes in as an argument; nothing here reads a clock.
public struct Instant: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public init(seconds: Int64) {
        milliseconds = seconds * 1000
    }

    /// - Precondition: the sum is an instant.
    public func adding(milliseconds more: Int64) -> Instant { Instant(milliseconds: milliseconds + more) }

    /// Whole seconds, rounded down.
    public var seconds: Int64 { milliseconds.flooredQuotient(by: 1000) }

    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.milliseconds < rhs.milliseconds }
}

extension Int64 {
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
