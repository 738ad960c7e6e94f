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
        seen = SettingsWatch.marks(path)
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
        let marks = SettingsWatch.marks(path)
        guard marks != seen else { return }
        reload()
    }

    private func reload() {
        seen = SettingsWatch.marks(path)
        let new: Configuration
        do { new = try Configuration.load(path) } catch {
            for problem in (error as? Configuration.Problems)?.all ?? ["\(error)"] {
                logger.error("settings are not taken up, the old ones stay", metadata: ["problem": "\(problem)"])
            }
            return
        }
        let changed = Set(new.values.keys).union(configuration.values.keys).sorted().filter {
            new.values[$0] != configuration.values[$0]
        }
        guard !changed.isEmpty else { return logger.info("settings were read again, and are the same") }
        guard isPriced(new) else { return }
        adopt(new)
        for variable in changed { tell(variable, from: configuration, to: new) }
        configuration = new
    }

    /// Models that the new settings name have a price.
    private func isPriced(_ new: Configuration) -> Bool {
        let prices = gateway.prices.current
        let names = new.settings.gateway.chain + [new.settings.gateway.primaryModel].compactMap { $0 }
        guard let unknown = names.first(where: { prices.resolve($0) == nil }) else { return true }
        logger.error(
            "settings are not taken up, the old ones stay",
            metadata: ["problem": "'\(unknown)' has no known price"])
        return false
    }

    private func adopt(_ new: Configuration) {
        let settings = prepare(new.settings)
        gateway.adopt(settings.gateway)
        exports.adopt(settings.exports)
        if case .failure(let refusal) = gateway.ledger.apply(settings.caps) {
            logger.error("a cap was not taken up", metadata: ["problem": "\(refusal)"])
        }
    }

    private func tell(_ variable: String, from old: Configuration, to new: Configuration) {
        func text(_ value: String?) -> String {
            ConfigKeys.isSecret(variable) ? "secret" : value.map(ConfigKeys.withoutAddresses) ?? "unset"
        }
        var facts: Logger.Metadata = [
            "setting": "\(variable)", "old": "\(text(old.values[variable]))", "new": "\(text(new.values[variable]))",
        ]
        if let place = new.places[variable] { facts["place"] = "\(place)" }
        if ConfigKeys.live.contains(variable) {
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

    private static func marks(_ path: String?) -> [String: FileMark] {
        var marks: [String: FileMark] = [:]
        for file in [path ?? ConfigFile.defaultPath, ".env"] {
            let real = (file as NSString).resolvingSymlinksInPath
            guard let facts = try? FileManager.default.attributesOfItem(atPath: real) else { continue }
            marks[file] = FileMark(
                modified: facts[.modificationDate] as? Date, size: facts[.size] as? Int,
                number: facts[.systemFileNumber] as? Int)
        }
        return marks
    }
}
