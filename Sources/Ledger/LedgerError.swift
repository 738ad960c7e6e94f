public import Budgeting

/// Why the ledger cannot do what it was asked. Texts name files and causes, never a tenant, key or prompt.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process holds the ledger. Its process id, where the lock file tells.
    case held(path: String, pid: Int32?)
    /// What is stored cannot be right. Starting on it could give a wrong balance, so it is not started on.
    case damaged(String)
    /// Another batch has this number.
    case conflict(batch: UInt64)
    /// No room on the disk; nothing was written.
    case full(String)
    /// The store does not answer; nothing was written.
    case unavailable(String)
    /// The store failed while committing; the batch may be in or not.
    case uncertain(String)

    /// The last entry is a day or more ahead of the clock.
    case ahead(last: Instant, wall: Instant)

    public var description: String {
        switch self {
        case .held(let path, let pid):
            "ledger \(path) is held by pid \(pid.map(String.init) ?? "unknown"); stop that process or set LEDGER_URL to another file"
        case .damaged(let what): "ledger is damaged: \(what); restore it from a copy"
        case .conflict(let batch): "batch \(batch) is in the ledger already with other content"
        case .full(let what): "no room for the ledger: \(what)"
        case .unavailable(let what): "ledger is unavailable: \(what)"
        case .uncertain(let what): "ledger commit is uncertain: \(what)"
        case .ahead(let last, let wall):
            """
            the ledger's last entry is of \(last.rfc3339), but the clock says \(wall.rfc3339); set the clock right, or start with \
            --accept-clock to go on at the ledger's time
            """
        }
    }
}

extension LedgerError {
    /// Batches are asked for that retention deleted.
    static func forgotten(through number: UInt64) -> LedgerError {
        .damaged("batches through \(number) were folded into snapshots, and no snapshot that holds them can be read")
    }

    /// A batch is asked for that the log does not reach.
    static func shorter(than number: UInt64, last: UInt64) -> LedgerError {
        .damaged("the last batch is \(last), but there was a batch \(number)")
    }
}
