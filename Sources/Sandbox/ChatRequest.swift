#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// As much of a `POST /chat/completions` body as the sandbox looks at.
struct ChatRequest: Decodable, Sendable {
    var model: String?
    var messages: [Message]
    var stream: Bool?
    var tools: [JSON]?
    var toolChoice: JSON?
    var provider: Provider?
    var maxTokens: Int?
    var maxCompletionTokens: Int?

    struct Provider: Decodable, Sendable {
        var maxPrice: MaxPrice?

        enum CodingKeys: String, CodingKey {
            case maxPrice = "max_price"
        }
    }

    enum CodingKeys: String, CodingKey {
        case model
        case messages
        case stream
        case tools
        case toolChoice = "tool_choice"
        case provider
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// The smaller of the two limits; nil where there is none.
    var outputLimit: Int? { [maxTokens, maxCompletionTokens].compactMap { $0 }.min() }

    var texts: [String] { messages.flatMap(\.texts) }

    /// As dear as text can come: every byte of messages and tools is a token, and templates add as many as any does.
    var bytesAndTemplates: Int {
        let tools = tools ?? []
        let bytes = texts.reduce(JSON.array(tools).text.utf8.count) { $0 + $1.utf8.count }
        return bytes + 8 * messages.count + 32 + (tools.isEmpty ? 0 : 530 + 16 * tools.count)
    }

    /// An estimate: a quarter of the bytes of all message text and of the tools, rounded up. Never above the bytes.
    var promptTokens: Int {
        let tools = tools.map { JSON.array($0).text.utf8.count } ?? 0
        let bytes = texts.reduce(tools) { $0 + $1.utf8.count }
        return max(1, (bytes + 3) / 4)
    }
}

extension ChatRequest {
    struct Message: Decodable, Sendable {
        var role: String
        /// The text, or the texts of the parts that are text.
        var texts: [String]

        private enum CodingKeys: CodingKey {
            case role
            case content
        }

        private struct Part: Decodable {
            var text: String?
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            role = try container.decode(String.self, forKey: .role)
            if let text = try? container.decode(String.self, forKey: .content) {
                texts = [text]
            } else {
                // Absent or null where an assistant's message is tool calls only.
                texts = try container.decodeIfPresent([Part].self, forKey: .content)?.compactMap(\.text) ?? []
            }
        }
    }
}
