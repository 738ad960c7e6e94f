import Upstream

/// A variable that holds a JSON object, as text whose members can be added and left out.
struct JSONTable {
    private(set) var members: [(name: String, json: String)]

    /// Nil for a text that is no object.
    init?(_ text: String) {
        guard let document = try? JSONDocument(Array(text.utf8)), document.root.kind == .object else { return nil }
        members = document.root.members.map { ($0.key, String(decoding: $0.value.text, as: UTF8.self)) }
    }

    var names: Set<String> { Set(members.map(\.name)) }

    subscript(_ name: String) -> String? { members.first { $0.name == name }?.json }

    /// Those that it has already stay as they are.
    mutating func add(_ more: [(name: String, json: String)]) {
        let known = names
        members += more.filter { !known.contains($0.name) }
    }

    /// Leaves out what the path leads to.
    ///
    /// - Returns: whether there was such a thing.
    mutating func remove(_ path: ArraySlice<String>) -> Bool {
        guard let first = path.first, let place = members.firstIndex(where: { $0.name == first }) else { return false }
        if path.count > 1, var inner = JSONTable(members[place].json), inner.remove(path.dropFirst()) {
            members[place].json = inner.text
        } else {
            members.remove(at: place)
        }
        return true
    }

    var text: String {
        "{\(members.map { "\(JSONText.quoted($0.name)):\($0.json)" }.joined(separator: ","))}"
    }
}
