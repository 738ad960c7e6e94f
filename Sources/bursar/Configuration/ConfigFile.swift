import Foundation
import Gateway
import Upstream
import Yams

/// `bursar.yaml`, read into the words of the variables that it stands for, so that both are checked by the same code.
struct ConfigFile {
    /// Where something stands: `bursar.yaml:12 budgets.default.daily`.
    struct Place: Hashable, CustomStringConvertible {
        let file: String
        let line: Int
        let path: String

        var description: String { "\(file):\(line) \(path)" }
    }

    struct Value {
        let text: String
        let place: Place
    }

    private(set) var variables: [String: Value] = [:]
    /// What each tenant may spend, as JSON, in the order of the file.
    private(set) var tenants: [(name: String, json: String, place: Place)] = []
    /// What cannot be, each with its place.
    private(set) var problems: [String] = []
    private let name: String

    static let defaultPath = "bursar.yaml"

    /// Nil where there is no such file.
    static func read(_ path: String) throws -> ConfigFile? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Stop("\(path) cannot be read: \(error.localizedDescription)")
        }
        return ConfigFile(text, name: path.split(separator: "/").last.map(String.init) ?? path)
    }

    init(_ text: String, name: String) {
        self.name = name
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            if root.null == nil { walk(root, "") }
        } catch {
            let said = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            problems.append("\(name): it is no YAML: \(said)")
        }
    }

    private mutating func walk(_ node: Node, _ path: String) {
        guard let mapping = node.mapping else {
            problems.append("\(place(node, path.isEmpty ? "file" : path)): expected names and values below it")
            return
        }
        for (key, value) in mapping {
            let step = path.isEmpty ? key.string ?? "" : "\(path).\(key.string ?? "")"
            if step == "tenants" {
                readTenants(value)
            } else if let variable = ConfigKeys.variables[step] {
                take(variable, value, place(key, step))
            } else if ConfigKeys.variables.keys.contains(where: { $0.hasPrefix(step + ".") }) {
                if value.null == nil { walk(value, step) }
            } else {
                problems.append("\(place(key, step)): there is no such setting\(hint(step))")
            }
        }
    }

    private mutating func take(_ variable: String, _ node: Node, _ place: Place) {
        if node.null != nil { return }
        if let text = node.scalar?.string {
            variables[variable] = Value(text: text, place: place)
        } else if let list = node.sequence, ConfigKeys.lists.contains(variable) {
            let names = list.compactMap(\.scalar?.string)
            if names.count != list.count { problems.append("\(place): expected a list of single values") }
            variables[variable] = Value(text: names.joined(separator: ","), place: place)
        } else {
            problems.append("\(place): expected one value")
        }
    }

    private mutating func readTenants(_ node: Node) {
        if node.null != nil { return }
        guard let mapping = node.mapping else {
            problems.append("\(place(node, "tenants")): expected a tenant's name and its budgets on each line")
            return
        }
        for (key, value) in mapping {
            let tenant = key.string ?? ""
            let step = "tenants.\(tenant)"
            guard let budgets = value.mapping else {
                problems.append("\(place(key, step)): expected budgets such as daily: 5")
                continue
            }
            let members = budgets.compactMap { budget -> String? in
                let name = JSONText.quoted(budget.key.string ?? "")
                if let text = budget.value.scalar?.string { return "\(name):\(JSONText.quoted(text))" }
                guard let list = budget.value.sequence?.map(\.scalar?.string), !list.contains(nil) else { return nil }
                return "\(name):[\(list.compactMap { $0 }.map(JSONText.quoted).joined(separator: ","))]"
            }
            guard members.count == budgets.count else {
                problems.append("\(place(key, step)): expected one value, or a list, for each name")
                continue
            }
            tenants.append((tenant, "{\(members.joined(separator: ","))}", place(key, step)))
        }
    }

    private func place(_ node: Node, _ path: String) -> Place {
        Place(file: name, line: node.mark?.line ?? 1, path: path)
    }

    /// The setting that was meant, where one has the same last word or begins alike.
    private func hint(_ path: String) -> String {
        let last = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let near = ConfigKeys.variables.keys.sorted().filter { known in
            let word = known.split(separator: ".").last.map { $0.lowercased() } ?? ""
            return word == last || !last.isEmpty && word.hasPrefix(last.prefix(4))
        }
        return near.isEmpty ? "" : "; did you mean \(near.prefix(3).joined(separator: ", "))?"
    }
}
