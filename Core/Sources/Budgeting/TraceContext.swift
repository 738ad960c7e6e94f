/// The caller's trace and the span under which the call stands, as `traceparent` names them.
/// https://www.w3.org/TR/trace-context/#traceparent-header
public struct TraceContext: Hashable, Sendable {
    /// The trace's id, its upper and lower half.
    public let high: UInt64
    public let low: UInt64
    /// The caller's span.
    public let parent: UInt64
    public let flags: UInt8

    public init(high: UInt64, low: UInt64, parent: UInt64, flags: UInt8) {
        self.high = high
        self.low = low
        self.parent = parent
        self.flags = flags
    }

    /// Reads `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`; nil for what is none, or names no trace or span.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
            let version = TraceContext.hex(bytes[0..<2]), version != 0xFF,
            // Later versions may say more after another dash; version 0 says no more.
            bytes.count == 55 || (version != 0 && bytes[55] == 0x2D),
            let high = TraceContext.hex(bytes[3..<19]), let low = TraceContext.hex(bytes[19..<35]),
            let parent = TraceContext.hex(bytes[36..<52]), let flags = TraceContext.hex(bytes[53..<55])
        else { return nil }
        guard high != 0 || low != 0, parent != 0 else { return nil }
        self.init(high: high, low: low, parent: parent, flags: UInt8(flags))
    }

    /// Lower-case digits only, as the standard asks.
    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
