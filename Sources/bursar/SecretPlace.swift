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

    /// What is kept there.
    ///
    /// - Returns: nil where there is nothing, or nothing that can stand in a header.
    func read(_ values: [String: String]) -> String? {
        let text: String?
        switch self {
        case .variable(let name): text = values[name]
        case .file(let path): text = try? String(contentsOfFile: path, encoding: .utf8)
        }
        guard let secret = text?.trimmingCharacters(in: .whitespacesAndNewlines), !secret.isEmpty,
            secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return secret
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
