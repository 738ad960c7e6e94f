import Budgeting
import Foundation
import Gateway
import Ledger
import Logging
import Pricing
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
    private let gateway: Gateway
    private let exports: Exports
    private let logger: Logger
    private var seen: [String: FileMark] = [:]

    private static let every = Duration.seconds(2)

    /// What the process was started with.
    struct Start: Sendable {
        let configuration: Configuration
        /// Of the file, where one was named.
        let path: String?
        /// What a kind of run adds to settings.
        var prepare: @Sendable (Settings) -> Settings = { $0 }
    }

    init(_ start: Start, gateway: Gateway, exports: Exports, logger: Logger) {
        configuration = start.configuration
        path = start.path
        prepare = start.prepare
        self.gateway = gateway
        self.exports = exports
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
        do { new = try Configuration.load(path).withKeys() } catch {
            for problem in (error as? Configuration.Problems)?.all ?? ["\(error)"] {
                logger.error("settings are not taken up, the old ones stay", metadata: ["problem": "\(problem)"])
            }
            return
        }
        let changes = new.changes(since: configuration)
        guard !changes.isEmpty else { return logger.info("settings were read again, and are the same") }
        guard isPriced(new) else { return }
        adopt(new)
        for change in changes { tell(change, new) }
        configuration = new
        let marks = SettingsWatch.marks(path, new)
        seen = marks.merging(seen.filter { marks[$0.key] != nil }) { _, before in before }
    }

    /// Models that the new settings name have a price.
    private func isPriced(_ new: Configuration) -> Bool {
        let prices = gateway.prices.current
        let unknown = new.settings.gateway.namedModels.filter { prices.resolve($0.model) == nil }
        for one in unknown {
            logger.error(
                "settings are not taken up, the old ones stay",
                metadata: ["problem": "'\(one.model)' of \(one.by) has no known price"])
        }
        return unknown.isEmpty
    }

    private func adopt(_ new: Configuration) {
        let settings = prepare(new.settings)
        gateway.adopt(settings.gateway)
        exports.adopt(settings.exports)
        gateway.ledger.setThresholds(Thresholds(settings, gateway.prices.current))
        if case .failure(let refusal) = gateway.ledger.apply(settings.caps) {
            logger.error("a cap was not taken up", metadata: ["problem": "\(refusal)"])
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
