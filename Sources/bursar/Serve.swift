import ArgumentParser
import Budgeting
import Foundation
import Gateway
import Ledger
import Logging
import NIOCore
import Sandbox
import ServiceLifecycle
import UnixSignals
import Upstream

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the gateway. Settings come from the environment, .env and bursar.yaml.")

    @Flag(help: "Put a built-in simulated OpenRouter behind the gateway: no key, no network, no money.")
    var sandbox = false

    @Flag(
        help: """
            Serve though the ledger's last entry is a day or more ahead of the clock: calls are decided at the ledger's time, and no \
            budget starts anew until the clock has passed it.
            """)
    var acceptClock = false

    @Flag(help: "Log as JSON, whatever LOG_FORMAT says.")
    var json = false

    @Option(help: "The file of settings. Left out, bursar.yaml of this directory, where there is one.")
    var config: String?

    func run() async throws {
        // One event loop for each processor that this process may use, not for each that the machine has.
        NIOSingletons.groupLoopCountSuggestion = Processors.usable
        var configuration: Configuration
        do { configuration = try Configuration.complete(config) } catch { throw Stop("\(error)") }
        if json { configuration.logAsJSON() }
        let settings = configuration.settings
        let log = LogStyle(settings.logLevel, settings.logFormat)
        let logger = Logger(label: "bursar") { _ in LineLog(log) }
        for unknown in configuration.unknownNames { logger.warning("\(unknown)") }
        if sandbox {
            try await serveSandbox(configuration, log, logger)
        } else {
            guard let key = settings.upstreamKey else {
                throw Stop(
                    "OPENROUTER_API_KEY is not set. Set it, or try the gateway without one: bursar serve --sandbox")
            }
            let watch = SettingsWatch.Start(
                configuration: configuration, path: config, log: log, prepare: { [json] in $0.logged(asJSON: json) })
            try await Composition(
                settings, upstream: settings.upstreamURL, key: key, logger: logger, watch: watch,
                acceptsClock: acceptClock
            ).run()
        }
    }

    /// The sandbox listens on a port of its own; the gateway reaches it like the real thing.
    private func serveSandbox(_ configuration: Configuration, _ log: LogStyle, _ logger: Logger) async throws {
        let settings = configuration.settings
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let quiet = Logger(label: "sandbox") { _ in LineLog(log, level: .warning) }
        let sandbox = Sandbox(port: 0, logger: quiet) { listening.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let services = ServiceGroup(services: [sandbox], logger: logger)
            group.addTask { try await services.run() }
            guard let port = await ports.first(where: { _ in true }),
                let endpoint = UpstreamEndpoint(url: "http://127.0.0.1:\(port)/api/v1")
            else { throw Stop("the sandbox did not start") }
            let settings = Demonstration.prepared(settings)
            let watch = SettingsWatch.Start(
                configuration: configuration, path: config, log: log,
                prepare: { [json] in Demonstration.prepared($0.logged(asJSON: json)) })
            try await Composition(
                settings, upstream: endpoint, key: "sandbox", logger: logger, watch: watch, isSandbox: true,
                acceptsClock: acceptClock
            ).run()
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }
}

/// The simulated OpenRouter alone, for tests that end the gateway and keep its provider.
struct RunSandbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Runs only the simulated OpenRouter, for tests.", shouldDisplay: false)

    @Option(help: "The port to listen on; 0 takes any.")
    var port = 0

    func run() async throws {
        let logger = Logger(label: "sandbox") { _ in LineLog(level: .warning, format: .text) }
        let sandbox = Sandbox(port: port, logger: logger) { port in
            StandardOutput.say("sandbox listens on http://127.0.0.1:\(port)/api/v1")
        }
        try await ServiceGroup(
            services: [sandbox], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}

/// Why the program ends, in one sentence, with exit code 1.
struct Stop: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
        // What was logged before comes before it.
        LogDrain.standardError.flush(within: 1)
    }
}

enum Processors {
    /// How many processors the scheduler lets this process use (`taskset`, a container's cpuset); the kernel tells it as a list
    /// such as `0-3,8`. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    static var usable: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        let ranges = (line?.dropFirst(18) ?? "").split(whereSeparator: { $0 == "," || $0.isWhitespace })
        let counts = ranges.map { range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            return ends.count == 2 ? max(0, ends[1] - ends[0]) + 1 : ends.count
        }
        let count = counts.reduce(0, +)
        return count > 0 ? count : ProcessInfo.processInfo.activeProcessorCount
    }
}
