/// Writes protobuf's wire format, as much of it as OTLP needs. https://protobuf.dev/programming-guides/encoding/
struct ProtoWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        if value <= 0x7F { return bytes.append(UInt8(truncatingIfNeeded: value)) }
        var value = value
        while value > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    private enum Wire: UInt64 {
        case varint = 0
        case fixed64 = 1
        case length = 2
        case fixed32 = 5
    }

    private mutating func tag(_ field: UInt64, _ wire: Wire) { varint(field << 3 | wire.rawValue) }

    mutating func integer(_ field: UInt64, _ value: Int64) {
        tag(field, .varint)
        varint(UInt64(bitPattern: value))
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        tag(field, .fixed64)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        tag(field, .fixed32)
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func double(_ field: UInt64, _ value: Double) { fixed64(field, value.bitPattern) }

    mutating func blob(_ field: UInt64, _ value: [UInt8]) {
        tag(field, .length)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func string(_ field: UInt64, _ value: String) {
        tag(field, .length)
        varint(UInt64(value.utf8.count))
        bytes += value.utf8
    }

    /// A message stands behind its length, which is known at its end: most need one byte for it, and that is kept free.
    mutating func message(_ field: UInt64, _ build: (inout ProtoWriter) -> Void) {
        tag(field, .length)
        let place = bytes.count
        bytes.append(0)
        build(&self)
        let length = UInt64(bytes.count - place - 1)
        guard length > 0x7F else {
            bytes[place] = UInt8(length)
            return
        }
        var prefix = ProtoWriter()
        prefix.varint(length)
        bytes.replaceSubrange(place...place, with: prefix.bytes)
    }
}
