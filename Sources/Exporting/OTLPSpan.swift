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
    var attributes: [(name: String, value: Value)] = []
    /// Nil where all went well.
    var error: String?

    private static let client: Int64 = 3
    private static let statusError: Int64 = 2

    /// `ExportTraceServiceRequest`.
    static func request(_ spans: [OTLPSpan], resource: [(name: String, value: Value)]) -> [UInt8] {
        var writer = ProtoWriter()
        writer.message(1) { resourceSpans in
            resourceSpans.message(1) { message in
                for (name, value) in resource { message.message(1) { $0.attribute(name, value) } }
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
        for (name, value) in attributes { writer.message(9) { $0.attribute(name, value) } }
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
    fileprivate mutating func attribute(_ name: String, _ value: OTLPSpan.Value) {
        string(1, name)
        message(2) { $0.value(value) }
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
