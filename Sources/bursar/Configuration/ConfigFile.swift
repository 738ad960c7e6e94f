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

    private(set) var variables: [String: String] = [:]
    /// Sections that stand for a JSON object, by variable, in the order of the file.
    private(set) var tables: [String: [(name: String, json: String)]] = [:]
    /// Where each of these stands, and each name within a section.
    private(set) var places: [Spot: Place] = [:]
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
            problems.append("\(name): it is not valid YAML: \(said)")
        }
    }

    private mutating func walk(_ node: Node, _ path: String) {
        guard let mapping = node.mapping else {
            problems.append("\(place(node, path.isEmpty ? "file" : path)): expected names and values below it")
            return
        }
        for (key, value) in mapping {
            let step = path.isEmpty ? key.string ?? "" : "\(path).\(key.string ?? "")"
            if let variable = ConfigKeys.tables[step] {
                places[Spot(variable)] = place(key, step)
                readTable(variable, value, step)
            } else if let variable = ConfigKeys.variables[step] {
                take(variable, value, place(key, step))
            } else if ConfigFile.known.contains(where: { $0.hasPrefix(step + ".") }) {
                if value.null == nil { walk(value, step) }
            } else {
                problems.append("\(place(key, step)): is unknown\(hint(step))")
            }
        }
    }

    private mutating func take(_ variable: String, _ node: Node, _ place: Place) {
        if node.null != nil { return }
        places[Spot(variable)] = place
        if let text = node.scalar?.string {
            variables[variable] = text
        } else if let list = node.sequence, ConfigKeys.lists.contains(variable) {
            let names = list.compactMap(\.scalar?.string)
            if names.count != list.count { problems.append("\(place): expected a list of single values") }
            variables[variable] = names.joined(separator: ",")
        } else {
            problems.append("\(place): expected one value")
        }
    }

    private mutating func readTable(_ variable: String, _ node: Node, _ path: String) {
        if node.null != nil { return }
        guard let mapping = node.mapping else {
            problems.append("\(place(node, path)): expected a name on each line, and what holds for it")
            return
        }
        for (key, value) in mapping {
            let member = key.string ?? ""
            let spot = Spot(variable).at(member)
            places[spot] = place(key, "\(path).\(member)")
            tables[variable, default: []].append((member, json(value, spot, "\(path).\(member)")))
        }
    }

    /// The same as JSON. All that is no list and no mapping is text; a name without a value has nothing below it.
    private mutating func json(_ node: Node, _ spot: Spot, _ path: String) -> String {
        if node.null != nil { return "{}" }
        if let list = node.sequence {
            return "[\(list.map { json($0, spot, path) }.joined(separator: ","))]"
        }
        guard let mapping = node.mapping else { return JSONText.quoted(node.scalar?.string ?? "") }
        let members = mapping.map { key, value in
            let name = key.string ?? ""
            places[spot.at(name)] = place(key, "\(path).\(name)")
            return "\(JSONText.quoted(name)):\(json(value, spot.at(name), "\(path).\(name)"))"
        }
        return "{\(members.joined(separator: ","))}"
    }

    private func place(_ node: Node, _ path: String) -> Place {
        Place(file: name, line: node.mark?.line ?? 1, path: path)
    }

    private static let known = Set(ConfigKeys.variables.keys).union(ConfigKeys.tables.keys)

    /// The setting that was meant: one whose name at the same level is spelled nearly so, else those that end in the same word.
    private func hint(_ path: String) -> String {
        let steps = path.split(separator: ".").map(String.init)
        let level = ConfigFile.known.map { $0.split(separator: ".").prefix(steps.count).joined(separator: ".") }
        if let name = steps.last {
            let above = steps.dropLast().map { $0 + "." }.joined()
            let siblings = Set(level.filter { $0.hasPrefix(above) }.map { String($0.dropFirst(above.count)) })
            if let nearest = NearestName.of(name, among: siblings) { return ". Did you mean \(above)\(nearest)?" }
        }
        let last = steps.last?.lowercased()
        let near = ConfigFile.known.filter { $0.split(separator: ".").last?.lowercased() == last }.sorted()
        return near.isEmpty ? "" : ". Did you mean \(near.prefix(3).joined(separator: ", "))?"
    }
}
