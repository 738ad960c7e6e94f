import Budgeting
import Foundation
import Gateway
import Ledger
import Upstream

/// All settings: the environment, over `.env`, over `bursar.yaml`, checked whole. One list says all that is wrong.
struct Configuration {
    private(set) var settings: Settings
    /// What the settings were read from, by variable.
    let values: [String: String]
    /// Where the values of the file stand.
    let places: [Spot: ConfigFile.Place]
    /// Names in `.env` that nothing reads, each as a sentence.
    let unknownNames: [String]

    struct Problems: Error, CustomStringConvertible {
        let all: [String]
        /// The settings without what is wrong with them; nil where nothing is left of them.
        let rest: Configuration?

        init(all: [String], rest: Configuration? = nil) {
            // Lines of a file in their order: 2 before 10.
            self.all = all.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
            self.rest = rest
        }

        var description: String {
            all.count == 1
                ? all[0] : "\(all.count) invalid settings:\n" + all.map { "  \($0)" }.joined(separator: "\n")
        }
    }

    /// - Parameter path: of the file; nil takes `bursar.yaml` of this directory, where there is one.
    /// - Throws: ``Problems`` with all that is wrong.
    static func load(_ path: String? = nil) throws -> Configuration {
        let environment = Environment.read()
        let file = try ConfigFile.read(path ?? ConfigFile.defaultPath)
        if let path, file == nil { throw Problems(all: ["\(path) is not there"]) }
        return try Configuration(environment, file)
    }

    init(_ environment: Environment, _ file: ConfigFile?, for purpose: Settings.Purpose = .serving) throws {
        var problems = environment.problems.map(\.description) + (file?.problems ?? [])
        var (values, places) = (environment.all, file?.places ?? [:])
        for (variable, text) in file?.variables ?? [:] {
            if values[variable] == nil { values[variable] = text } else { places[Spot(variable)] = nil }
        }
        for (variable, members) in file?.tables ?? [:] {
            // A value that is no object is told of by the settings, as it stands.
            guard var table = JSONTable(values[variable] ?? "{}") else { continue }
            for spot in places.keys where spot.variable == variable && table.names.contains(spot.path.first ?? "") {
                places[spot] = nil
            }
            table.add(members)
            values[variable] = table.text
        }
        self.values = Environment(values).all
        self.places = places
        var settings: Settings?
        var rest = self.values
        // One problem stops the reading of settings. What it names is left out, and the rest is read again.
        while settings == nil {
            do { settings = try Settings(Environment(rest), for: purpose) } catch let problem as SettingsProblem {
                problems.append(Configuration.text(problem, places))
                let left = problem.leavesOut.map { Configuration.leaveOut($0, of: &rest) }
                guard left.contains(true) else { break }
            }
        }
        guard var settings else { throw Problems(all: problems) }
        settings.caps.places = settings.budgetSpots.mapValues { spot in
            SettingPlace(Configuration.place(of: spot, in: places), else: spot.variable)
        }
        settings.gateway.keyPlaces = Dictionary(
            uniqueKeysWithValues: settings.gateway.keyLimits.keys.map { key in
                let spot = Spot("KEY_BUDGETS", [key])
                return (key, SettingPlace(Configuration.place(of: spot, in: places), else: spot.variable))
            })
        self.settings = settings
        unknownNames = ConfigKeys.unknown(environment.fileNames, secrets: settings.secretVariables)
        guard problems.isEmpty else { throw Problems(all: problems, rest: self) }
    }

    /// The problem with its place, as a person is told of it.
    func text(_ problem: SettingsProblem) -> String { Configuration.text(problem, places) }

    private static func text(_ problem: SettingsProblem, _ places: [Spot: ConfigFile.Place]) -> String {
        place(of: problem.spot, in: places).map { "\($0): \(problem.problem)" } ?? problem.description
    }

    /// Where it stands in the file, or what it is a part of; nil for what the environment says.
    private static func place(of spot: Spot, in places: [Spot: ConfigFile.Place]) -> ConfigFile.Place? {
        for length in (min(1, spot.path.count)...spot.path.count).reversed() {
            if let place = places[Spot(spot.variable, Array(spot.path.prefix(length)))] { return place }
        }
        return nil
    }

    /// - Returns: false where there is nothing to leave out.
    private static func leaveOut(_ spot: Spot, of values: inout [String: String]) -> Bool {
        guard let text = values[spot.variable] else { return false }
        if var table = JSONTable(text), table.remove(spot.path[...]) {
            values[spot.variable] = table.text
        } else {
            values[spot.variable] = nil
        }
        return true
    }
}

extension Configuration {
    /// With the secrets that are kept elsewhere: what a gateway runs with.
    ///
    /// - Throws: ``Problems`` with all that is wrong, a secret that is not there among it.
    static func complete(_ path: String? = nil) throws -> Configuration {
        do {
            let (complete, problems) = try load(path).withKeys()
            guard problems.isEmpty else { throw Problems(all: problems) }
            return complete
        } catch let wrong as Problems {
            throw Problems(all: wrong.all + (wrong.rest?.withKeys().1 ?? []))
        }
    }

    /// With the tenants' own upstream keys, read from where they are kept, and what is wrong with these.
    func withKeys() -> (Configuration, [String]) {
        var (complete, problems) = (self, [String]())
        for (tenant, kept) in settings.upstreamKeys.sorted(by: { $0.key < $1.key }) {
            do {
                complete.settings.gateway.tenants[tenant]?.upstreamKey = try kept.read(values)
            } catch {
                let spot = Spot("TENANT_BUDGETS", [tenant, "upstreamKey"])
                problems.append(text(SettingsProblem(spot, "names \(kept.description), \(error.why)")))
            }
        }
        return (complete, problems)
    }

    /// As JSON logs were asked for on the command line.
    mutating func logAsJSON() { settings = settings.logged(asJSON: true) }

    /// Files that hold keys, by path.
    var keyFiles: [String] {
        settings.upstreamKeys.values.compactMap { if case .file(let path) = $0 { path } else { nil } }.sorted()
    }
}

extension SettingPlace {
    fileprivate init(_ place: ConfigFile.Place?, else variable: String) {
        self.init(name: place?.path ?? variable, file: place?.file, line: place?.line)
    }
}
