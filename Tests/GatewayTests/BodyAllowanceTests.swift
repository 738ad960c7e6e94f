import Synchronization
import Testing

@testable import Gateway

@Suite struct BodyAllowanceTests {
    /// Shares as they are granted.
    final class Granted: Sendable {
        private let state = Mutex<[BodyShare]>([])
        var count: Int { state.withLock(\.count) }
        func add(_ share: BodyShare) { state.withLock { $0.append(share) } }
        func drop() { state.withLock { $0 = [] } }
    }

    @Test func whatFitsIsThereAtOnce() {
        let allowance = BodyAllowance(mostBytes: 100)
        let first = allowance.take(60) { _ in }
        let second = allowance.take(40) { _ in }
        #expect(first != nil && second != nil)
        #expect(allowance.takenBytes == 100)
    }

    @Test func whatDoesNotFitWaitsUntilSomethingComesBack() {
        let allowance = BodyAllowance(mostBytes: 100)
        let granted = Granted()
        var first = allowance.take(60) { _ in }
        #expect(first != nil)
        #expect(allowance.take(50) { granted.add($0) } == nil)
        #expect(granted.count == 0)
        first = nil
        #expect(granted.count == 1)
        #expect(allowance.takenBytes == 50)
        granted.drop()
        #expect(allowance.takenBytes == 0)
    }

    @Test func aSmallOneDoesNotOvertakeALargeOne() {
        let allowance = BodyAllowance(mostBytes: 100)
        let granted = Granted()
        var first = allowance.take(60) { _ in }
        #expect(first != nil)
        #expect(allowance.take(80) { granted.add($0) } == nil)
        #expect(allowance.take(10) { granted.add($0) } == nil, "10 would fit, but 80 came first")
        first = nil
        #expect(granted.count == 2)
        #expect(allowance.takenBytes == 90)
    }

    @Test func aBodyShorterThanItsShareGivesTheRestBack() {
        let allowance = BodyAllowance(mostBytes: 100)
        let granted = Granted()
        let first = allowance.take(100) { _ in }
        #expect(allowance.take(30) { granted.add($0) } == nil)
        first?.shrink(to: 70)
        #expect(granted.count == 1)
        #expect(allowance.takenBytes == 100)
    }
}
