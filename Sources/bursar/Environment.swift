import Foundation

/// The variables that settings are read from: the process's own, over those of a `.env` file. An empty one counts as unset.
struct Environment {
    private let values: [String: String]

    init(_ values: [String: String]) {
        self.values = values.filter { !$0.value.isEmpty }
    }

    /// - Throws: ``SettingsProblem`` for a line of `.env` that is no assignment.
    static func current(dotEnv path: String = ".env") throws -> Environment {
        var values: [String: String] = [:]
        if let text = try? String(contentsOfFile: path, encoding: .utf8) { values = try parse(text, path: path) }
        for (name, value) in ProcessInfo.processInfo.environment where !value.isEmpty { values[name] = value }
        return Environment(values)
    }

    subscript(_ name: String) -> String? { values[name] }

    /// All that are set.
    var all: [String: String] { values }

    /// `NAME=value`, `export NAME=value`, quotes around a value, `#` comments on lines of their own or after a space.
    static func parse(_ text: String, path: String) throws -> [String: String] {
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = String(line.dropFirst(7)) }
            guard let equals = line.firstIndex(of: "=") else {
                throw SettingsProblem("\(path) line \(index + 1)", "is no NAME=value")
            }
            let name = line[..<equals].trimmingCharacters(in: .whitespaces)
            values[name] = unquoted(line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces))
        }
        return values
    }

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
