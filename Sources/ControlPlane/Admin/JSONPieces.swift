import Upstream

/// JSON as text, piece by piece. Each value given is JSON text already.
func jsonObject(_ members: [(String, String)]) -> String {
    "{" + members.map { "\(JSONText.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
}

func jsonArray(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }

func quoted(_ text: String) -> String { JSONText.quoted(text) }

/// Null where there is nothing.
func quoted(_ text: String?) -> String { text.map { JSONText.quoted($0) } ?? "null" }
