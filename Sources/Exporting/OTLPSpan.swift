/// One span of OTLP, and a request of many, as protobuf. Field numbers from
/// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
struct OTLPSpan: Sendable {
    enum Value: Sendable {
        case string(String)
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        case strings([String])
    }

    struct Attribute: Sendable {
        let name: String
        let value: Value
    }

    /// 16 bytes.
    var trace: [UInt8]
    /// 8 bytes.
    var id: [UInt8]
    /// 8 bytes; empty for a span without a parent.
    var parent: [UInt8] = []
    var flags: UInt8 = 1
    var name: String
    var startNanoseconds: UInt64
    var endNanoseconds: UInt64
    private(set) var attributes: [Attribute] = []
    /// Nil where all went well.
    var error: String?

    private static let client: Int64 = 3
    private static let statusError: Int64 = 2

    mutating func add(_ name: String, _ value: Value) {
        // As many as a call that was served has.
        if attributes.isEmpty { attributes.reserveCapacity(48) }
        attributes.append(Attribute(name: name, value: value))
    }

    /// `ExportTraceServiceRequest`.
    static func request(_ spans: [OTLPSpan], resource: [Attribute]) -> [UInt8] {
        var writer = ProtoWriter()
        writer.message(1) { resourceSpans in
            resourceSpans.message(1) { message in
                for attribute in resource { message.message(1) { $0.attribute(attribute) } }
            }
            resourceSpans.message(2) { scopeSpans in
                scopeSpans.message(1) { $0.string(1, "bursar") }
                for span in spans { scopeSpans.message(2, span.write) }
            }
        }
        return writer.bytes
    }

    private func write(_ writer: inout ProtoWriter) {
        writer.blob(1, trace)
        writer.blob(2, id)
        if !parent.isEmpty { writer.blob(4, parent) }
        writer.string(5, name)
        writer.integer(6, Self.client)
        writer.fixed64(7, startNanoseconds)
        writer.fixed64(8, endNanoseconds)
        for attribute in attributes { writer.message(9) { $0.attribute(attribute) } }
        if let error {
            writer.message(15) { status in
                status.string(2, error)
                status.integer(3, Self.statusError)
            }
        }
        writer.fixed32(16, UInt32(flags))
    }
}

extension ProtoWriter {
    fileprivate mutating func attribute(_ attribute: OTLPSpan.Attribute) {
        string(1, attribute.name)
        message(2) { $0.value(attribute.value) }
    }

    private mutating func value(_ value: OTLPSpan.Value) {
        switch value {
        case .string(let text): string(1, text)
        case .bool(let flag): integer(2, flag ? 1 : 0)
        case .integer(let number): integer(3, number)
        case .double(let number): double(4, number)
        case .strings(let texts): message(5) { list in for text in texts { list.message(1) { $0.string(1, text) } } }
        }
    }
}
