import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Takes up what changes in `bursar.yaml` and `.env` while the gateway runs: on SIGHUP, and when a file has changed.
///
/// All or nothing: a file with a mistake is told of loudly and changes nothing. What is spent stays spent; a cap that shrinks
/// below it stops new calls and touches none that runs.
actor SettingsWatch: Service {
    private var configuration: Configuration
    private let path: String?
    private let prepare: @Sendable (Settings) -> Settings
    private let parts: LiveParts
    private let logger: Logger
    private var seen: [String: FileMark] = [:]

    private static let every = Duration.seconds(2)

    /// What the process was started with.
    struct Start: Sendable {
        let configuration: Configuration
        /// Of the file, where one was named.
        let path: String?
        let log: LogStyle
        /// What a kind of run adds to settings.
        let prepare: @Sendable (Settings) -> Settings
    }

    init(_ start: Start, _ parts: LiveParts, logger: Logger) {
        configuration = start.configuration
        path = start.path
        prepare = start.prepare
        self.parts = parts
        self.logger = logger
        seen = SettingsWatch.marks(start.path, start.configuration)
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup) { await self.reload() }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: SettingsWatch.every)
                    await self.look()
                }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func look() {
        let marks = SettingsWatch.marks(path, configuration)
        guard marks != seen else { return }
        reload()
    }

    private func reload() {
        seen = SettingsWatch.marks(path, configuration)
        let new: Configuration
        do { new = try Configuration.complete(path) } catch {
            return refuse((error as? Configuration.Problems)?.all ?? ["\(error)"])
        }
        let changes = new.changes(since: configuration)
        guard !changes.isEmpty else { return logger.info("settings were read again, and are the same") }
        let settings = prepare(new.settings)
        let problems = parts.problems(settings)
        guard problems.isEmpty else { return refuse(problems.map(new.text)) }
        do {
            if let refusal = try parts.adopt(settings) {
                logger.error("a cap was not taken up", metadata: ["problem": "\(refusal)"])
            }
        } catch { return refuse(["\(error)"]) }
        for change in changes { tell(change, new) }
        configuration = new
        let marks = SettingsWatch.marks(path, new)
        seen = marks.merging(seen.filter { marks[$0.key] != nil }) { _, before in before }
    }

    private func refuse(_ problems: [String]) {
        for problem in problems {
            logger.error("settings are not taken up, the old ones stay", metadata: ["problem": "\(problem)"])
        }
    }

    private func tell(_ change: Configuration.Change, _ new: Configuration) {
        var facts: Logger.Metadata = [
            "setting": "\(change.spot.variable)", "old": "\(change.old)", "new": "\(change.new)",
        ]
        if let name = change.spot.path.first { facts["of"] = "\(name)" }
        if let place = new.places[change.spot] { facts["place"] = "\(place)" }
        if change.isLive {
            logger.notice("a setting has changed", metadata: facts)
        } else {
            logger.warning("a setting has changed, and takes hold at the next start", metadata: facts)
        }
    }

    /// By which a change of a file is seen, a replaced one too.
    private struct FileMark: Hashable {
        let modified: Date?
        let size: Int?
        let number: Int?
    }

    private static func marks(_ path: String?, _ configuration: Configuration) -> [String: FileMark] {
        var marks: [String: FileMark] = [:]
        for file in [path ?? ConfigFile.defaultPath, ".env"] + configuration.keyFiles {
            let real = (file as NSString).resolvingSymlinksInPath
            guard let facts = try? FileManager.default.attributesOfItem(atPath: real) else { continue }
            marks[file] = FileMark(
                modified: facts[.modificationDate] as? Date, size: facts[.size] as? Int,
                number: facts[.systemFileNumber] as? Int)
        }
        return marks
    }
}
