import Budgeting
import Foundation
import Gateway
import Ledger
import Upstream

/// All settings: the environment, over `.env`, over `bursar.yaml`, checked whole. One list says all that is wrong.
struct Configuration {
    var settings: Settings
    /// What the settings were read from, by variable.
    let values: [String: String]
    /// Where the values of the file stand.
    let places: [String: ConfigFile.Place]

    struct Problems: Error, CustomStringConvertible {
        let all: [String]

        var description: String {
            all.count == 1
                ? all[0] : "\(all.count) settings cannot be:\n" + all.map { "  \($0)" }.joined(separator: "\n")
        }
    }

    /// - Parameter path: of the file; nil takes `bursar.yaml` of this directory, where there is one.
    /// - Throws: ``Problems`` with all that is wrong.
    static func load(_ path: String? = nil) throws -> Configuration {
        let environment = try Environment.current()
        let file = try ConfigFile.read(path ?? ConfigFile.defaultPath)
        if let path, file == nil { throw Problems(all: ["\(path) is not there"]) }
        return try Configuration(environment, file)
    }

    init(_ environment: Environment, _ file: ConfigFile?) throws {
        var problems = file?.problems ?? []
        var values = environment.all
        var places: [String: ConfigFile.Place] = [:]
        for (variable, value) in file?.variables ?? [:] where values[variable] == nil {
            values[variable] = value.text
            places[variable] = value.place
        }
        if let file { Configuration.add(file.tenants, to: &values, &places, &problems) }
        self.places = places
        self.values = values
        var settings: Settings?
        var rest = values
        // One problem stops the reading of settings. Each that is found is left out, and the rest is read again.
        while settings == nil {
            do { settings = try Settings(Environment(rest)) } catch {
                let said = "\(error)"
                let variable = String(said.prefix { $0 != " " })
                problems.append(places[variable].map { "\($0): \(said.dropFirst(variable.count + 1))" } ?? said)
                guard rest.removeValue(forKey: variable) != nil else { break }
            }
        }
        guard problems.isEmpty, var settings else { throw Problems(all: problems.sorted()) }
        settings.caps.places = Configuration.places(of: settings.caps, environment, file, places)
        self.settings = settings
    }

    /// Where each budget is named, so that whoever wants to change it elsewhere can be told.
    private static func places(
        of caps: Caps, _ environment: Environment, _ file: ConfigFile?, _ places: [String: ConfigFile.Place]
    ) -> [BudgetAddress: SettingPlace] {
        var all = Settings.capVariables.reduce(into: [BudgetAddress: SettingPlace]()) { all, variable in
            all[variable.value] = SettingPlace(places[variable.key], else: variable.key)
        }
        let given = environment["TENANT_BUDGETS"].flatMap { try? JSONDocument(Array($0.utf8)) }
        for tenant in Set(caps.tenants.keys).union(caps.zones.keys) {
            let line = file?.tenants.first { $0.name == tenant && given?.root[tenant] == nil }
            for period in Period.allCases {
                all[.init(.tenant(tenant), period)] = SettingPlace(line?.place, else: "TENANT_BUDGETS")
            }
        }
        return all
    }

    /// Tenants of the file, each checked by itself; the variable's own line for a tenant wins over the file's.
    private static func add(
        _ tenants: [(name: String, json: String, place: ConfigFile.Place)], to values: inout [String: String],
        _ places: inout [String: ConfigFile.Place], _ problems: inout [String]
    ) {
        let given = values["TENANT_BUDGETS"].flatMap { try? JSONDocument(Array($0.utf8)) }
        var lines: [String] = []
        for (tenant, json, place) in tenants where given?.root[tenant] == nil {
            let line = "\(JSONText.quoted(tenant)):\(json)"
            do {
                _ = try SettingsReader(Environment(["TENANT_BUDGETS": "{\(line)}"])).tenants("TENANT_BUDGETS")
                lines.append(line)
            } catch {
                problems.append(
                    "\(place): \("\(error)".replacing("TENANT_BUDGETS of ", with: "").replacing("TENANT_BUDGETS ", with: ""))"
                )
            }
        }
        guard !lines.isEmpty else { return }
        if values["TENANT_BUDGETS"] == nil, let first = tenants.first { places["TENANT_BUDGETS"] = first.place }
        // A value that is no object is told of by the settings, as it stands.
        guard values["TENANT_BUDGETS"] == nil || given?.root.kind == .object else { return }
        let own = given.map {
            Array($0.root.members).map {
                "\(JSONText.quoted($0.key)):\(String(decoding: $0.value.text, as: UTF8.self))"
            }
        }
        values["TENANT_BUDGETS"] = "{\(((own ?? []) + lines).joined(separator: ","))}"
    }
}

extension SettingPlace {
    fileprivate init(_ place: ConfigFile.Place?, else variable: String) {
        self.init(name: place?.path ?? variable, file: place?.file, line: place?.line)
    }
}
