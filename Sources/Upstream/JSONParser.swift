/// The one pass over a JSON text. Iterative, so that depth costs no stack.
struct JSONParser {
    typealias Failure = JSONDocument.Failure
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private(set) var nodes: [JSONDocument.Node] = []
    /// Bytes that escapes take beyond what they stand for.
    private(set) var escapeSavings = 0
    private var at = 0

    mutating func parse(_ bytes: Bytes) throws(Failure) {
        nodes.reserveCapacity(bytes.count / 12 + 8)
        // Objects and arrays that are open, outermost first: their node indices.
        var open: [Int] = []
        skipSpace(bytes)
        try value(bytes, &open)
        while let container = open.last {
            skipSpace(bytes)
            let isObject = nodes[container].kind == .object
            let isEmpty = nodes.count == container + 1
            guard at < bytes.count else { throw invalid("ends inside \(isObject ? "an object" : "an array")") }
            if bytes[at] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                at += 1
                nodes[container].end = Int32(at)
                nodes[container].next = Int32(nodes.count)
                open.removeLast()
                if isObject { try refuseDuplicates(bytes, container) }
                continue
            }
            if !isEmpty {
                guard bytes[at] == UInt8(ascii: ",") else { throw invalid("expected a comma or the end") }
                at += 1
                skipSpace(bytes)
            }
            if isObject { try key(bytes) }
            try value(bytes, &open)
            guard nodes.count <= JSONDocument.valueLimit else {
                throw invalid("more than \(JSONDocument.valueLimit) values")
            }
        }
        skipSpace(bytes)
        guard at == bytes.count else { throw invalid("more after the end") }
    }

    private func invalid(_ what: String) -> Failure { .invalid(offset: at, what) }

    private mutating func skipSpace(_ bytes: Bytes) {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    private mutating func key(_ bytes: Bytes) throws(Failure) {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw invalid("expected a key") }
        try string(bytes)
        skipSpace(bytes)
        guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw invalid("expected a colon") }
        at += 1
        skipSpace(bytes)
    }

    private mutating func value(_ bytes: Bytes, _ open: inout [Int]) throws(Failure) {
        guard at < bytes.count else { throw invalid("expected a value") }
        switch bytes[at] {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < JSONDocument.depthLimit else { throw .tooDeep(limit: JSONDocument.depthLimit) }
            open.append(nodes.count)
            append(bytes[at] == UInt8(ascii: "{") ? .object : .array, from: at, to: at + 1)
            at += 1
        case UInt8(ascii: "\""): try string(bytes)
        case UInt8(ascii: "t"): try word(bytes, "true", .boolTrue)
        case UInt8(ascii: "f"): try word(bytes, "false", .boolFalse)
        case UInt8(ascii: "n"): try word(bytes, "null", .null)
        default: try number(bytes)
        }
    }

    private mutating func append(_ kind: JSONDocument.Kind, from start: Int, to end: Int, hasEscapes: Bool = false) {
        nodes.append(
            .init(
                kind: kind, hasEscapes: hasEscapes, start: Int32(truncatingIfNeeded: start),
                end: Int32(truncatingIfNeeded: end), next: Int32(truncatingIfNeeded: nodes.count + 1)))
    }

    private mutating func word(_ bytes: Bytes, _ word: StaticString, _ kind: JSONDocument.Kind) throws(Failure) {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count else { throw invalid("expected a value") }
        for offset in 0..<count where bytes[at + offset] != word.utf8Start[offset] { throw invalid("expected a value") }
        append(kind, from: at, to: at + count)
        at += count
    }

    private mutating func number(_ bytes: Bytes) throws(Failure) {
        let start = at
        if at < bytes.count, bytes[at] == UInt8(ascii: "-") { at += 1 }
        let whole = digits(bytes)
        guard whole > 0 else { throw invalid(start == at ? "expected a value" : "a number without digits") }
        guard whole == 1 || bytes[at - whole] != UInt8(ascii: "0") else {
            throw invalid("a number with a leading zero")
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            guard digits(bytes) > 0 else { throw invalid("a fraction without digits") }
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            guard digits(bytes) > 0 else { throw invalid("an exponent without digits") }
        }
        append(.number, from: start, to: at)
    }

    private mutating func digits(_ bytes: Bytes) -> Int {
        let start = at
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
        return at - start
    }

    /// Two equal keys in one object: which one counts would depend on the reader, so neither does.
    private func refuseDuplicates(_ bytes: Bytes, _ object: Int) throws(Failure) {
        var keys: [Int] = []
        var index = object + 1
        while index < nodes.count {
            keys.append(index)
            index = Int(nodes[index + 1].next)
        }
        guard keys.count > 1 else { return }
        guard keys.count <= JSONDocument.memberLimit else {
            throw invalid("an object with more than \(JSONDocument.memberLimit) members")
        }
        if keys.count <= 12, keys.allSatisfy({ !nodes[$0].hasEscapes }) {
            for (place, key) in keys.enumerated() {
                for other in keys[..<place] where sameText(bytes, key, other) { throw .duplicateKey(text(bytes, key)) }
            }
        } else {
            var seen = Set<[UInt8]>(minimumCapacity: keys.count)
            for key in keys {
                let node = nodes[key]
                let raw = bytes[Int(node.start) + 1..<Int(node.end) - 1]
                let plain = node.hasEscapes ? JSONText.decodedBytes(Array(raw)[...]) : Array(raw)
                guard seen.insert(plain).inserted else { throw .duplicateKey(text(bytes, key)) }
            }
        }
    }

    private func sameText(_ bytes: Bytes, _ a: Int, _ b: Int) -> Bool {
        let (a, b) = (nodes[a], nodes[b])
        guard a.end - a.start == b.end - b.start else { return false }
        for offset in 0..<Int(a.end - a.start) where bytes[Int(a.start) + offset] != bytes[Int(b.start) + offset] {
            return false
        }
        return true
    }

    private func text(_ bytes: Bytes, _ key: Int) -> String {
        let raw = Array(bytes[Int(nodes[key].start) + 1..<Int(nodes[key].end) - 1])
        return String(JSONText.decoded(raw[...], hasEscapes: nodes[key].hasEscapes).prefix(64))
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string(_ bytes: Bytes) throws(Failure) {
        let start = at
        var hasEscapes = false
        at += 1
        while true {
            skipPlain(bytes)
            guard at < bytes.count else { throw invalid("ends inside a string") }
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                append(.string, from: start, to: at, hasEscapes: hasEscapes)
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape(bytes)
            case 0x80...: try multibyte(bytes)
            default: throw invalid("a control character in a string")
            }
        }
    }

    /// Skips printable ASCII but quote and backslash, eight bytes at a time where it can.
    private mutating func skipPlain(_ bytes: Bytes) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while at + 8 <= bytes.count {
            let word = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | (word &- (ones &* 0x20)) | word
            if found & highs != 0 { break }
            at += 8
        }
        while at < bytes.count, bytes[at] >= 0x20, bytes[at] < 0x80, bytes[at] != 0x22, bytes[at] != 0x5C { at += 1 }
    }

    private mutating func escape(_ bytes: Bytes) throws(Failure) {
        guard at + 1 < bytes.count else { throw invalid("ends inside an escape") }
        switch bytes[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
            escapeSavings += 1
        case UInt8(ascii: "u"):
            guard at + 6 <= bytes.count, let unit = JSONText.hex(bytes, at + 2) else {
                throw invalid("a broken \\u escape")
            }
            at += 6
            // A surrogate counts three bytes by itself; a pair is four, so two times three is never too few.
            escapeSavings += unit < 0x80 ? 5 : unit < 0x800 ? 4 : 3
        default: throw invalid("an unknown escape")
        }
    }

    /// One well-formed UTF-8 sequence of two to four bytes (RFC 3629: no overlong form, no surrogate, at most U+10FFFF).
    private mutating func multibyte(_ bytes: Bytes) throws(Failure) {
        let lead = bytes[at]
        let (count, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: throw invalid("no UTF-8")
            }
        guard at + count <= bytes.count, second.contains(bytes[at + 1]) else { throw invalid("no UTF-8") }
        for offset in 2..<max(2, count) where bytes[at + offset] & 0xC0 != 0x80 { throw invalid("no UTF-8") }
        at += count
    }
}
