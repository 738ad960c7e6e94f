import Logging
import Synchronization

/// How much the process logs, and in which form. All its loggers share it, so that a change takes hold of all of them.
final class LogStyle: Sendable {
    enum Format: UInt8 {
        case text
        case json
    }

    private let rank: Atomic<Int>
    private let form: Atomic<UInt8>
    /// From the least severe on.
    private static let levels = Logger.Level.allCases.sorted()

    init(_ level: Logger.Level, _ format: Format) {
        rank = Atomic(LogStyle.rank(level))
        form = Atomic(format.rawValue)
    }

    var level: Logger.Level { LogStyle.levels[rank.load(ordering: .relaxed)] }
    var format: Format { Format(rawValue: form.load(ordering: .relaxed)) ?? .text }

    func adopt(_ level: Logger.Level, _ format: Format) {
        rank.store(LogStyle.rank(level), ordering: .relaxed)
        form.store(format.rawValue, ordering: .relaxed)
    }

    private static func rank(_ level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}

extension Settings {
    var logFormat: LogStyle.Format { logsJSON ? .json : .text }
}
