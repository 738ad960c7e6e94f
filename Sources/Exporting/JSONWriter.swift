/// Writes JSON member by member, as bytes. Numbers of money are written from their decimal text, so that no digit is lost.
///
/// What stands inside of a string is written at once as it stands there, so that a line within a request is written once.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false
    /// Within a string every quote and backslash has one more backslash before it.
    private var isWithinString = false

    /// An object.
    static func object(_ build: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.object(build)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    mutating func object(_ build: (inout JSONWriter) -> Void) { nested("{", "}", build) }
    mutating func array(_ build: (inout JSONWriter) -> Void) { nested("[", "]", build) }

    private mutating func nested(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ build: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        build(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    /// A string that is JSON itself. One level is enough for all that is sent.
    mutating func string(_ build: (inout JSONWriter) -> Void) {
        precondition(!isWithinString, "JSON within JSON within JSON")
        separate()
        special("\"")
        isWithinString = true
        needsComma = false
        build(&self)
        isWithinString = false
        special("\"")
        needsComma = true
    }

    mutating func member(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        self.key(key)
        string(value)
    }

    mutating func member(_ key: StaticString, _ value: Int64?) {
        guard let value else { return }
        self.key(key)
        raw(String(value))
    }

    mutating func member(_ key: StaticString, _ value: Bool) {
        self.key(key)
        raw(value ? "true" : "false")
    }

    /// A number given as its text.
    mutating func member(_ key: StaticString, number: String?) {
        guard let number else { return }
        self.key(key)
        raw(number)
    }

    /// - Parameter key: plain ASCII, which needs no escape.
    mutating func key(_ key: StaticString) {
        separate()
        special("\"")
        bytes += UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        special("\"")
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A key that is known only while the program runs.
    mutating func key(named key: String) {
        string(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func raw(_ value: String) {
        separate()
        bytes += value.utf8
        needsComma = true
    }

    mutating func string(_ value: String) {
        separate()
        special("\"")
        let isWritten: Void? = value.utf8.withContiguousStorageIfAvailable { append($0) }
        if isWritten == nil { for byte in value.utf8 { append(byte) } }
        special("\"")
        needsComma = true
    }

    private mutating func append(_ utf8: UnsafeBufferPointer<UInt8>) {
        // Nearly all that is written is plain.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            bytes += utf8
        } else {
            for byte in utf8 { append(byte) }
        }
    }

    private mutating func append(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            special("\\")
            special(Unicode.Scalar(byte))
        case 0..<0x20:
            special("\\")
            bytes += "u00".utf8
            bytes += Hex.text(CollectionOfOne(byte)).utf8
        default: bytes.append(byte)
        }
    }

    /// A quote or a backslash of JSON.
    private mutating func special(_ sign: Unicode.Scalar) {
        if isWithinString { bytes.append(UInt8(ascii: "\\")) }
        bytes.append(UInt8(ascii: sign))
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
