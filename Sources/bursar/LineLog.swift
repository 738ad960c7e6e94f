import Budgeting
import Logging
import Upstream

/// One line an event on standard error, as text for a terminal or as JSON for a collector. Messages are static sentences, facts are
/// metadata; neither ever holds a key, a prompt or a completion.
struct LineLog: LogHandler {
    enum Format {
        case text
        case json
    }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let format: Format

    init(level: Logger.Level, format: Format) {
        logLevel = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let time = Composition.wallClock().rfc3339
        let line: String
        switch format {
        case .text:
            let told = facts.map { " \($0.key)=\($0.value)" }.joined()
            line = "\(time) \(event.level.rawValue) \(event.message)\(told)\n"
        case .json:
            let told = facts.map { ",\(JSONText.quoted($0.key)):\(JSONText.quoted("\($0.value)"))" }.joined()
            line = """
                {"time":"\(time)","level":"\(event.level.rawValue)","message":\(JSONText.quoted("\(event.message)"))\(told)}

                """
        }
        LogDrain.standardError.write(line)
    }
}
