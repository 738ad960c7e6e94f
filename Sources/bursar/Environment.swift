import Foundation

/// The variables that settings are read from: the process's own, over those of a `.env` file. An empty one counts as unset.
///
/// A line of the file is `NAME=value` or `export NAME=value`. A value may stand in quotes. A comment begins with `#`, on a line
/// of its own or after a space.
struct Environment {
    private let values: [String: String]
    /// The names in the `.env` file, each with where it is set: `.env line 3`.
    private(set) var fileNames: [(name: String, place: String)] = []
    /// Lines of the `.env` file that are not assignments.
    private(set) var problems: [SettingsProblem] = []

    init(_ values: [String: String]) {
        self.values = values.filter { !$0.value.isEmpty }
    }

    /// - Throws: ``SettingsProblem`` for the first line of `.env` that is not an assignment.
    static func current(dotEnv path: String = ".env") throws -> Environment {
        let environment = read(dotEnv: path)
        if let problem = environment.problems.first { throw problem }
        return environment
    }

    /// The same, with what is wrong with the file in ``problems``.
    static func read(dotEnv path: String = ".env") -> Environment {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return Environment(dotEnv: text, path: path, over: ProcessInfo.processInfo.environment)
    }

    /// - Parameter process: the process's own variables, which win.
    init(dotEnv text: String, path: String = ".env", over process: [String: String] = [:]) {
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let place = "\(path) line \(index + 1)"
            var line = line.trimmingCharacters(in: .whitespacesAndNewlines)
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = String(line.dropFirst(7)) }
            guard let equals = line.firstIndex(of: "=") else {
                problems.append(SettingsProblem(place, "is not NAME=value"))
                continue
            }
            let name = line[..<equals].trimmingCharacters(in: .whitespaces)
            values[name] = Environment.unquoted(
                line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces))
            fileNames.append((name, place))
        }
        for (name, value) in process where !value.isEmpty { values[name] = value }
        self.values = values.filter { !$0.value.isEmpty }
    }

    subscript(_ name: String) -> String? { values[name] }

    /// All that are set.
    var all: [String: String] { values }

    private static func unquoted(_ value: String) -> String {
        for quote in ["\"", "'"] where value.hasPrefix(quote) {
            let inside = value.dropFirst()
            if let end = inside.firstIndex(of: Character(quote)) { return String(inside[..<end]) }
        }
        if let comment = value.range(of: " #") {
            return value[..<comment.lowerBound].trimmingCharacters(in: .whitespaces)
        }
        return value.hasPrefix("#") ? "" : value
    }
}
