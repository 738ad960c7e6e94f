import Foundation

/// Lines of words in aligned columns, for a terminal. Headings are set off only where somebody reads them.
struct TextTable {
    enum Side {
        case left
        case right
    }

    private let columns: [(title: String, side: Side)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, side: Side)]) {
        self.columns = columns
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    var isEmpty: Bool { rows.isEmpty }

    var text: String {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let lines = all.map { row in
            columns.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return columns[column].side == .left ? row[column] + space : space + row[column]
            }.joined(separator: "  ").trimmingEnd
        }
        return ([TerminalStyle.heading(lines[0])] + lines.dropFirst()).joined(separator: "\n")
    }
}

/// Colours and weights, on a terminal that wants them only (https://no-color.org).
enum TerminalStyle {
    private static let isOn =
        StandardOutput.isTerminal && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty

    static func heading(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    static func state(_ state: String) -> String {
        guard isOn else { return state }
        return switch state {
        case "warned": "\u{1B}[33m\(state)\u{1B}[0m"
        case "degraded", "stopped", "ended": "\u{1B}[31m\(state)\u{1B}[0m"
        default: "\u{1B}[32m\(state)\u{1B}[0m"
        }
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
