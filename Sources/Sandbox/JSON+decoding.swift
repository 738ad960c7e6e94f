#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads by Foundation, on purpose: the gateway has a parser of its own, and the two must not be wrong together.
/// Members come sorted by name.
extension JSON: Decodable {
    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Name.self) {
            let members = try container.allKeys.map {
                Member(key: $0.stringValue, value: try container.decode(JSON.self, forKey: $0))
            }
            self = .object(members.sorted { $0.key < $1.key })
        } else if var container = try? decoder.unkeyedContainer() {
            var values: [JSON] = []
            while !container.isAtEnd { values.append(try container.decode(JSON.self)) }
            self = .array(values)
        } else {
            self = try JSON(scalar: decoder.singleValueContainer())
        }
    }

    /// Nil for text that is no JSON.
    init?(parsing text: String) {
        guard let json = try? JSONDecoder().decode(JSON.self, from: Data(text.utf8)) else { return nil }
        self = json
    }

    private init(scalar container: any SingleValueDecodingContainer) throws {
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Decimal.self) {
            self = .number(value.description)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// A decimal that a client may write as a number or as a string; kept as text, read without a binary fraction.
struct DecimalText: Decodable, Hashable, Sendable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
            text = string
        } else {
            text = try container.decode(Decimal.self).description
        }
    }
}
