import Foundation
import Testing

@testable import Upstream

/// Foundation's `JSONSerialization` as the oracle.
///
/// Where ours accepts, Foundation must accept too, but for two differences: a lone surrogate escape, which RFC 8259 allows and
/// Foundation refuses, and a number beyond a binary float's range, which for us is only text.
@Suite struct JSONOracleTests {
    @Test(arguments: 1...6)
    func readsWhatFoundationReads(seed: UInt64) throws {
        var texts = JSONTexts(seed: seed)
        for _ in 0..<250 {
            let text = texts.document()
            let document = try JSONDocument(text)
            let object = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            #expect(Oracle.agrees(document.root, object), "\(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test(arguments: 11...18)
    func acceptsNothingThatFoundationRefuses(seed: UInt64) {
        var texts = JSONTexts(seed: seed)
        var accepted = 0
        var refused = 0
        for _ in 0..<400 {
            let text = texts.mutated(texts.document())
            let ours = try? JSONDocument(text)
            let theirs = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            guard let ours else {
                refused += 1
                continue
            }
            accepted += 1
            guard !Oracle.isKnownDifference(text) else { continue }
            #expect(
                theirs.map { Oracle.agrees(ours.root, $0) } == true, "\(String(decoding: text, as: UTF8.self)) \(text)")
        }
        #expect(accepted > 20 && refused > 100, "\(accepted) accepted, \(refused) refused")
    }

    @Test(arguments: 21...26)
    func countsNoFewerBytesThanItsStringsDecodeTo(seed: UInt64) throws {
        var texts = JSONTexts(seed: seed)
        for round in 0..<600 {
            let text = round.isMultiple(of: 2) ? texts.document() : texts.mutated(texts.document())
            guard let document = try? JSONDocument(text) else { continue }
            let decoded = document.nodes.indices.reduce(0) {
                $0 + (JSONValue(document: document, index: $1).string?.utf8.count ?? 0)
            }
            #expect(document.decodedByteCount >= decoded, "\(String(decoding: text, as: UTF8.self))")
            #expect(document.decodedByteCount <= text.count)
        }
    }

    @Test(arguments: [
        (#""\u0041""#, 3), (#""\u00e9""#, 4), (#""\u20ac""#, 5), (#""\uD83D\uDE00""#, 6), (#""\n""#, 3),
        (#""\ud800""#, 5),
        (#""\ud800\ud800""#, 8), (#""plain""#, 7), (#""€""#, 5), ("[1, 2]", 6),
    ])
    func countsWhatEscapesStandFor(text: String, atLeast: Int) throws {
        let document = try JSONDocument(Array(text.utf8))
        #expect(document.decodedByteCount >= atLeast)
        let string = document.root.string
        #expect(document.decodedByteCount >= (string?.utf8.count ?? 0))
    }
}

private enum Oracle {
    /// A surrogate escape, or an exponent of three digits and more.
    static func isKnownDifference(_ text: [UInt8]) -> Bool {
        let text = String(decoding: text, as: UTF8.self).lowercased()
        return text.contains("\\ud") || text.contains(/[0-9]e[+-]?0*[0-9]{3}/)
    }

    static func agrees(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours.kind {
        case .null: return theirs is NSNull
        case .boolTrue: return (theirs as? Bool) == true
        case .boolFalse: return (theirs as? Bool) == false
        case .string: return (theirs as? String).map { Array($0.utf8) } == ours.string.map { Array($0.utf8) }
        case .number:
            guard let number = theirs as? NSNumber else { return false }
            if let integer = ours.integer { return number.int64Value == integer }
            let text = String(decoding: ours.text, as: UTF8.self)
            // Both are read from the same text; the last bit may be rounded otherwise.
            return Double(text).map { abs(number.doubleValue - $0) <= abs($0) * 1e-15 } ?? false
        case .array:
            guard let array = theirs as? [Any] else { return false }
            let elements = Array(ours.elements)
            return elements.count == array.count && zip(elements, array).allSatisfy { agrees($0, $1) }
        case .object:
            guard let object = theirs as? [String: Any] else { return false }
            let members = Array(ours.members)
            return members.count == object.count
                && members.allSatisfy { key, value in object[key].map { agrees(value, $0) } ?? false }
        }
    }
}
