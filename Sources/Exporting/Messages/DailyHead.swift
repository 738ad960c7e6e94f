internal import Budgeting
internal import Ledger
internal import Receipts

/// The ledger's head, told to webhooks when a day (UTC) begins: whoever keeps it can prove later that these are still the books.
enum DailyHead {
    /// Of the mark that says for which day it was told last.
    static let subject = "ledger.head"

    static func day(of now: Instant) -> Int64 { now.milliseconds / 86_400_000 }

    static func mark(_ day: Int64) -> Outbox.Mark { .init(of: subject, level: day, until: .never) }

    static func telling(_ head: LedgerHead, at now: Instant) -> Telling? {
        Notice(.chainStands(head)).map {
            Telling($0, subject: "\(subject) \(day(of: now))", to: .programs, mark: mark(day(of: now)))
        }
    }
}
