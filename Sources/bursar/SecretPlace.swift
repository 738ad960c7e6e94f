import Foundation
import Upstream

/// Where a secret is kept that the settings may not hold themselves: `env:NAME` or `file:PATH`.
enum SecretPlace: Hashable {
    case variable(String)
    case file(String)

    /// Nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "env": self = .variable(parts[1])
        case "file": self = .file(parts[1])
        default: return nil
        }
    }

    /// Why nothing can be taken from it: `which is not there`.
    struct Unreadable: Error {
        let why: String
    }

    /// What is kept there, without blanks around it.
    ///
    /// - Throws: ``Unreadable`` where there is nothing, or nothing that can stand in a header.
    func read(_ values: [String: String]) throws(Unreadable) -> String {
        let secret = try text(values).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else { throw Unreadable(why: "which is empty") }
        guard secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Unreadable(why: "which holds more than one word of plain characters, and is no key")
        }
        return secret
    }

    private func text(_ values: [String: String]) throws(Unreadable) -> String {
        switch self {
        case .variable(let name):
            guard let text = values[name] else { throw Unreadable(why: "which is not set") }
            return text
        case .file(let path):
            guard FileManager.default.fileExists(atPath: path) else { throw Unreadable(why: "which is not there") }
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw Unreadable(why: "which cannot be read as text by this user")
            }
            return text
        }
    }

    var description: String {
        switch self {
        case .variable(let name): "the variable \(name)"
        case .file(let path): "the file \(path)"
        }
    }
}

extension SettingsReader {
    /// A key that stands in the settings itself is refused, and not repeated.
    func secretPlace(_ value: JSONValue, _ spot: Spot) throws -> SecretPlace {
        guard let place = value.string.flatMap(SecretPlace.init) else {
            throw SettingsProblem(
                spot, "must say where the key is kept, env:NAME or file:PATH; the key itself does not belong here")
        }
        return place
    }
}
