/// A JSON text, checked whole and indexed in one pass: RFC 8259, UTF-8, no duplicate key, bounded depth.
///
/// The text itself is never rewritten; values are ranges of it, so number text, key order and unknown fields survive.
public struct JSONDocument: Sendable {
    public enum Kind: UInt8, Sendable {
        case object, array, string, number, boolTrue, boolFalse, null
    }

    /// One value. `next` is the index of the node after this value and all that is in it; an object's members are a string
    /// node (the key) and a value each.
    struct Node: Sendable {
        var kind: Kind
        var hasEscapes: Bool
        var start: Int32
        var end: Int32
        var next: Int32
    }

    /// Why a text was refused.
    public enum Failure: Error, Hashable, Sendable {
        case invalid(offset: Int, String)
        case duplicateKey(String)
        case tooDeep(limit: Int)
    }

    public static let depthLimit = 128
    /// A text with more values is refused: each takes memory beside its own bytes.
    public static let valueLimit = 2_000_000
    /// An object with more members is refused: its keys are compared.
    public static let memberLimit = 10_000

    /// Kept once: values are handed around by the dozen, and each of them holds its document.
    private final class Contents: Sendable {
        let bytes: [UInt8]
        let nodes: [Node]
        let decodedByteCount: Int

        init(_ bytes: [UInt8], _ nodes: [Node], decodedByteCount: Int) {
            self.bytes = bytes
            self.nodes = nodes
            self.decodedByteCount = decodedByteCount
        }
    }

    private let contents: Contents

    public var bytes: [UInt8] { contents.bytes }
    var nodes: [Node] { contents.nodes }
    /// How many bytes the text has when every string escape is decoded: never fewer than its strings hold.
    public var decodedByteCount: Int { contents.decodedByteCount }

    /// - Throws: ``Failure``; the text is at most 2 GiB.
    public init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count < Int(Int32.max) else { throw .invalid(offset: 0, "too long") }
        var parser = JSONParser()
        do {
            try bytes.withUnsafeBufferPointer { buffer in try parser.parse(buffer) }
        } catch let failure as Failure {
            throw failure
        } catch {
            preconditionFailure("the parser throws its own failures only, got \(error)")
        }
        contents = Contents(bytes, parser.nodes, decodedByteCount: bytes.count - parser.escapeSavings)
    }

    public var root: JSONValue { JSONValue(document: self, index: 0) }

    /// The text without the members of these names, wherever they stand.
    public func without(_ names: Set<String>) -> [UInt8] { root.without(names) }
}

/// One value of a document.
public struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    private var node: JSONDocument.Node { document.nodes[index] }

    public var kind: JSONDocument.Kind { node.kind }
    public var isNull: Bool { kind == .null }
    var isEmptyArray: Bool { kind == .array && Int(node.next) == index + 1 }

    /// Where the value stands in the text, quotes and brackets included.
    public var range: Range<Int> { Int(node.start)..<Int(node.end) }

    public var text: ArraySlice<UInt8> { document.bytes[range] }

    /// Where the key of a member stands, its quotes included.
    ///
    /// - Precondition: the value is a member of an object.
    var keyRange: Range<Int> {
        let key = document.nodes[index - 1]
        return Int(key.start)..<Int(key.end)
    }

    /// The decoded string; nil where the value is no string. A lone surrogate becomes U+FFFD.
    public var string: String? {
        guard kind == .string else { return nil }
        return JSONText.decoded(
            document.bytes[range.lowerBound + 1..<range.upperBound - 1], hasEscapes: node.hasEscapes)
    }

    /// By how much the value's JSON text can be longer than what it stands for, however it is escaped: by the escapes there are,
    /// and by two bytes for each that is no ASCII (`é`, two bytes, may become `\u00e9`).
    ///
    /// What is shown to a model as JSON, such as tools, is written anew by whoever shows it.
    var bytesAddedByEscaping: Int64 {
        var added = text.reduce(0) { $0 + ($1 < 0x80 ? 0 : 2) }
        for node in document.nodes[index..<Int(node.next)] where node.kind == .string && node.hasEscapes {
            let raw = document.bytes[Int(node.start) + 1..<Int(node.end) - 1]
            added += raw.count - JSONText.decodedBytes(raw).count
        }
        return Int64(added)
    }

    public var bool: Bool? {
        switch kind {
        case .boolTrue: true
        case .boolFalse: false
        default: nil
        }
    }

    /// A whole number written without fraction or exponent, within `Int64`.
    public var integer: Int64? {
        guard kind == .number else { return nil }
        return Int64(String(decoding: text, as: UTF8.self))
    }

    /// The members of an object, in order; empty for anything else.
    public var members: Members { Members(value: self, index: index + 1) }

    /// The elements of an array, in order; empty for anything else.
    public var elements: Elements { Elements(value: self, index: index + 1) }

    /// The member of this name, byte for byte; nil where there is none or the value is no object.
    public subscript(_ key: String) -> JSONValue? {
        var key = key
        let found = key.withUTF8 { document.member($0, of: index) }
        return found.map { JSONValue(document: document, index: $0) }
    }

    public struct Members: Sequence, IteratorProtocol {
        let value: JSONValue
        var index: Int

        public mutating func next() -> (key: String, value: JSONValue)? {
            guard value.kind == .object, index < Int(value.node.next) else { return nil }
            let key = JSONValue(document: value.document, index: index)
            let member = JSONValue(document: value.document, index: index + 1)
            index = Int(member.node.next)
            return (key.string ?? "", member)
        }
    }

    public struct Elements: Sequence, IteratorProtocol {
        let value: JSONValue
        var index: Int

        public mutating func next() -> JSONValue? {
            guard value.kind == .array, index < Int(value.node.next) else { return nil }
            let element = JSONValue(document: value.document, index: index)
            index = Int(element.node.next)
            return element
        }
    }
}

extension JSONDocument {
    /// The node of an object's member of this name. No text is copied but that of keys with escapes.
    fileprivate func member(_ name: UnsafeBufferPointer<UInt8>, of object: Int) -> Int? {
        nodes.withUnsafeBufferPointer { nodes in
            guard nodes[object].kind == .object else { return nil }
            return bytes.withUnsafeBufferPointer { bytes in
                var key = object + 1
                let end = Int(nodes[object].next)
                while key < end {
                    if JSONDocument.isKey(nodes[key], name, in: bytes) { return key + 1 }
                    key = Int(nodes[key + 1].next)
                }
                return nil
            }
        }
    }

    static func isKey(
        _ node: Node, _ name: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let raw = UnsafeBufferPointer(rebasing: bytes[Int(node.start) + 1..<Int(node.end) - 1])
        if node.hasEscapes { return JSONText.decodedBytes(Array(raw)[...]).elementsEqual(name) }
        return raw.count == name.count && raw.elementsEqual(name)
    }
}

extension JSONValue {
    func without(_ names: Set<String>) -> [UInt8] {
        let comma = [UInt8(ascii: ",")]
        switch kind {
        case .object:
            let kept = members.filter { !names.contains($0.key) }
            let texts = kept.map { Array("\(JSONText.quoted($0.key)):".utf8) + $0.value.without(names) }
            return [UInt8(ascii: "{")] + texts.joined(separator: comma) + [UInt8(ascii: "}")]
        case .array:
            return [UInt8(ascii: "[")] + elements.map { $0.without(names) }.joined(separator: comma) + [
                UInt8(ascii: "]")
            ]
        case .string, .number, .boolTrue, .boolFalse, .null: return Array(text)
        }
    }
}
