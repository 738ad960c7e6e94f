import Budgeting
import Logging
import Upstream

/// One line an event on standard error, as text for a terminal or as JSON for a collector. Messages are static sentences, facts are
/// metadata; neither ever holds a key, a prompt or a completion.
struct LineLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    private let style: LogStyle
    /// In place of the style's.
    private var ownLevel: Logger.Level?

    init(_ style: LogStyle, level: Logger.Level? = nil) {
        self.style = style
        ownLevel = level
    }

    init(level: Logger.Level, format: LogStyle.Format) { self.init(LogStyle(level, format)) }

    var logLevel: Logger.Level {
        get { ownLevel ?? style.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let told = event.metadata ?? [:]
        let facts = metadata.isEmpty ? told : metadata.merging(told) { _, new in new }
        let time = Composition.wallClock().rfc3339
        var line: [UInt8] = []
        line.reserveCapacity(512)
        switch style.format {
        case .text:
            line += "\(time) \(event.level.rawValue) \(event.message)".utf8
            for (name, fact) in facts.sorted(by: { $0.key < $1.key }) { line += " \(name)=\(fact)".utf8 }
        case .json:
            line += #"{"time":"\#(time)","level":"\#(event.level.rawValue)","message":"#.utf8
            JSONText.append("\(event.message)", to: &line)
            for (name, fact) in facts.sorted(by: { $0.key < $1.key }) {
                line.append(UInt8(ascii: ","))
                JSONText.append(name, to: &line)
                line.append(UInt8(ascii: ":"))
                JSONText.append("\(fact)", to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
        line.append(UInt8(ascii: "\n"))
        LogDrain.standardError.write(line)
    }
}
