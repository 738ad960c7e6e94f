/// What a response has said so far, so that one which ends here ends as the protocol wants: with the items that went out.
///
/// Texts are kept as the JSON in which they came, escapes and all, and are put together again unread.
struct ResponseDraft: Hashable, Sendable {
    /// So many bytes are kept of one answer. A longer one ends without its items: they have gone out piece by piece all the same.
    static let most = 1 << 20

    /// The response as it began; empty before that.
    private(set) var head: [UInt8] = []
    private var items: [Item] = []
    private var kept = 0
    private var isFull = false

    struct Item: Hashable, Sendable {
        let place: Int64
        /// As it began, or as it ended.
        var json: [UInt8]
        var isDone = false
        var parts: [Part] = []
        /// What a tool is called with, the inside of a JSON string.
        var input: [UInt8] = []

        fileprivate var size: Int { parts.reduce(json.count + input.count) { $0 + $1.json.count + $1.text.count } }
    }

    struct Part: Hashable, Sendable {
        enum Row: String {
            case content
            case summary
        }

        let row: Row
        let place: Int64
        /// As it began, or as it ended.
        var json: [UInt8]
        var isDone = false
        /// The inside of a JSON string.
        var text: [UInt8] = []
    }
}

// MARK: - Listening

extension ResponseDraft {
    mutating func hear(_ event: JSONValue, _ type: String) {
        switch type {
        case "response.created":
            if head.isEmpty, let response = event["response"], response.isObject, room(for: response) {
                head = response.line
            }
        case "response.output_item.added":
            guard let place = event["output_index"]?.integer, let item = event["item"], item.isObject else { return }
            if room(for: item) { items.append(Item(place: place, json: item.line)) }
        case "response.output_item.done":
            guard let item = event["item"], item.isObject else { return }
            // In the place of its pieces.
            change(event) { one in (one.json, one.parts, one.input, one.isDone) = ([], [], [], true) }
            if room(for: item) { change(event) { $0.json = item.line } }
        case "response.content_part.added", "response.reasoning_summary_part.added": began(event)
        case "response.content_part.done", "response.reasoning_summary_part.done":
            guard let part = event["part"], part.isObject else { return }
            change(event, part: nil) { ($0.json, $0.text, $0.isDone) = ([], [], true) }
            if room(for: part) { change(event, part: nil) { $0.json = part.line } }
        case "response.output_text.delta": say(event, in: "output_text")
        case "response.refusal.delta": say(event, in: "refusal")
        case "response.reasoning_text.delta": say(event, in: "reasoning_text")
        case "response.reasoning_summary_text.delta": say(event, in: "summary_text")
        case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
            guard let delta = event["delta"], delta.kind == .string, room(for: delta) else { return }
            change(event) { $0.input += delta.inside }
        default: break
        }
    }

    private mutating func began(_ event: JSONValue) {
        guard let part = event["part"], part.isObject, let (row, place) = ResponseDraft.place(of: event),
            room(for: part)
        else { return }
        change(event) { $0.parts.append(Part(row: row, place: place, json: part.line)) }
    }

    /// - Parameter type: of the part, where it was not announced.
    private mutating func say(_ event: JSONValue, in type: String) {
        guard let delta = event["delta"], delta.kind == .string, room(for: delta) else { return }
        change(event, part: type) { $0.text += delta.inside }
    }

    /// The item that an event is about.
    private mutating func change(_ event: JSONValue, _ body: (inout Item) -> Void) {
        guard let place = event["output_index"]?.integer, let at = items.lastIndex(where: { $0.place == place }) else {
            return
        }
        let before = items[at].size
        body(&items[at])
        // What is added was counted before; what gave way is not kept any more.
        kept -= max(0, before - items[at].size)
    }

    private mutating func change(_ event: JSONValue, part type: String?, _ body: (inout Part) -> Void) {
        guard let (row, place) = ResponseDraft.place(of: event) else { return }
        change(event) { item in
            if let at = item.parts.lastIndex(where: { $0.row == row && $0.place == place }) {
                body(&item.parts[at])
            } else if let type {
                var part = Part(row: row, place: place, json: Array("{\"type\":\"\(type)\"}".utf8))
                body(&part)
                item.parts.append(part)
            }
        }
    }

    private static func place(of event: JSONValue) -> (Part.Row, Int64)? {
        if let place = event["content_index"]?.integer { return (.content, place) }
        return event["summary_index"]?.integer.map { (.summary, $0) }
    }

    /// Whether so much more may be kept. From the first time that it may not, nothing is but the response's own head.
    private mutating func room(for value: JSONValue) -> Bool {
        kept += value.range.count
        if kept > ResponseDraft.most {
            isFull = true
            items = []
        }
        return !isFull
    }
}

// MARK: - Ending

extension ResponseDraft {
    /// The items as they stand, a JSON array; those that are not done are incomplete.
    var output: [UInt8] { ResponseDraft.array(items.map(\.now)) }

    /// The events that end what is open, parts before their items, in order.
    ///
    /// - Parameter number: of the first one; afterwards of the one after the last.
    func ends(from number: inout Int) -> String {
        var text = ""
        for item in items where !item.isDone {
            for event in item.ends {
                text += "event: \(event.type)\ndata: {\"type\":\"\(event.type)\",\"sequence_number\":\(number)"
                for (name, value) in event.members {
                    text += ",\"\(name)\":" + String(decoding: value, as: UTF8.self)
                }
                text += "}\n\n"
                number += 1
            }
        }
        return text
    }

    fileprivate static func array(_ values: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + values.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}

/// An event before it has its number.
private struct EndEvent {
    let type: String
    let members: [(name: String, value: [UInt8])]
}

extension ResponseDraft.Item {
    private var type: String { JSONValue.root(of: json)?["type"]?.string ?? "" }

    /// The item's JSON.
    fileprivate var now: [UInt8] {
        guard !isDone else { return json }
        var members: [(String, [UInt8])] = [("status", Array("\"incomplete\"".utf8))]
        switch type {
        case "message": members.append(("content", row(.content)))
        case "reasoning":
            members.append(("summary", row(.summary)))
            if parts.contains(where: { $0.row == .content }) { members.append(("content", row(.content))) }
        case "function_call": members.append(("arguments", input.quoted))
        case "custom_tool_call": members.append(("input", input.quoted))
        default: break
        }
        return json.replacing(members)
    }

    private func row(_ row: ResponseDraft.Part.Row) -> [UInt8] {
        ResponseDraft.array(parts.filter { $0.row == row }.sorted { $0.place < $1.place }.map(\.now))
    }

    fileprivate var ends: [EndEvent] {
        let root = JSONValue.root(of: json)
        let id = root?["id"].map { Array($0.text) } ?? Array("null".utf8)
        let place = [("item_id", id), ("output_index", Array("\(place)".utf8))]
        var events = parts.filter { !$0.isDone }.flatMap { $0.ends(place) }
        switch type {
        case "function_call":
            let name = root?["name"].map { [("name", Array($0.text))] } ?? []
            events.append(
                EndEvent(
                    type: "response.function_call_arguments.done", members: place + name + [("arguments", input.quoted)]
                ))
        case "custom_tool_call":
            events.append(
                EndEvent(type: "response.custom_tool_call_input.done", members: place + [("input", input.quoted)]))
        default: break
        }
        events.append(EndEvent(type: "response.output_item.done", members: [place[1], ("item", now)]))
        return events
    }
}

extension ResponseDraft.Part {
    private var type: String { JSONValue.root(of: json)?["type"]?.string ?? "" }
    /// What its text is called.
    private var name: String { type == "refusal" ? "refusal" : "text" }

    /// The part's JSON.
    fileprivate var now: [UInt8] {
        guard !isDone else { return json }
        var members = [(name, text.quoted)]
        if type == "output_text", JSONValue.root(of: json)?["annotations"] == nil {
            members.append(("annotations", Array("[]".utf8)))
        }
        return json.replacing(members)
    }

    fileprivate func ends(_ item: [(String, [UInt8])]) -> [EndEvent] {
        let place = item + [("\(row.rawValue)_index", Array("\(place)".utf8))]
        let word =
            switch type {
            case "summary_text": "reasoning_summary_text"
            case "refusal", "reasoning_text": type
            default: "output_text"
            }
        let logs = word == "output_text" ? [("logprobs", Array("[]".utf8))] : []
        return [
            EndEvent(type: "response.\(word).done", members: place + [(name, text.quoted)] + logs),
            EndEvent(
                type: row == .content ? "response.content_part.done" : "response.reasoning_summary_part.done",
                members: place + [("part", now)]),
        ]
    }
}

extension JSONValue {
    fileprivate var isObject: Bool { kind == .object }

    /// The text on one line, as events want it: a JSON string holds no line's end.
    fileprivate var line: [UInt8] { text.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } }

    /// What stands between a string's quotes.
    fileprivate var inside: ArraySlice<UInt8> { text.dropFirst().dropLast() }

    fileprivate static func root(of text: [UInt8]) -> JSONValue? { (try? JSONDocument(text))?.root }
}

extension [UInt8] {
    /// The inside of a JSON string with its quotes.
    fileprivate var quoted: [UInt8] { [UInt8(ascii: "\"")] + self + [UInt8(ascii: "\"")] }

    /// A JSON object with other values of these members, which it need not have had.
    func replacing(_ members: [(name: String, value: [UInt8])]) -> [UInt8] {
        var texts: [[UInt8]] = []
        var left = members
        for member in JSONValue.root(of: self)?.members.map({ $0 }) ?? [] {
            let new = left.firstIndex { $0.name == member.key }
            texts.append(
                Array("\(JSONText.quoted(member.key)):".utf8) + (new.map { left[$0].value } ?? Array(member.value.text))
            )
            if let new { left.remove(at: new) }
        }
        texts += left.map { Array("\(JSONText.quoted($0.name)):".utf8) + $0.value }
        return [UInt8(ascii: "{")] + texts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
    }
}
