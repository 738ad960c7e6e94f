import HTTPTypes
import Hummingbird
import NIOCore

extension Inference {
    /// Waits as long as the call's fault and pace ask for, then answers.
    func answer(_ call: Call, _ context: SandboxContext) async -> Response {
        let client: Client
        do {
            client = try await context.client()
            if call.fault == .hang || (call.fault == .silentStream && !call.streamed) { try await client.untilGone() }
            if call.fault == .slow { try await client.pause(milliseconds: 3000) }
            if !call.streamed { try await client.pause(milliseconds: call.pace.first) }
        } catch {
            register.close(call.ticket.id, as: call.endOfWait)
            // The client has gone, or the sandbox goes; the status is what nginx logs for the former.
            return Refusal(status: 499, message: "Client closed request").response
        }
        return call.streamed ? stream(call, to: client) : whole(call)
    }

    /// The whole answer at once.
    private func whole(_ call: Call) -> Response {
        switch call.fault {
        case .streamError:
            register.close(call.ticket.id, as: call.failed(after: 0))
            return response(call, body: ResponseBody(byteBuffer: ByteBuffer(string: call.reply.wholeError.text)))
        case .cutStream, .truncatedJSON:
            register.close(call.ticket.id, as: call.brokenOff(.cut, after: call.answer.pieces.count))
            return response(call, body: truncated(call.reply.whole.text))
        case .brokenJSON:
            register.close(call.ticket.id, as: call.complete)
            let text = call.reply.whole.text
            return response(call, body: ResponseBody(byteBuffer: ByteBuffer(string: text.dropLast(2) + "<<")))
        default:
            register.close(call.ticket.id, as: call.complete)
            return response(call, body: ResponseBody(byteBuffer: ByteBuffer(string: call.reply.whole.text)))
        }
    }

    private func response(_ call: Call, body: ResponseBody) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .generationID: call.ticket.id], body: body)
    }

    /// Announces all of the text, sends half, and lets the connection break.
    private func truncated(_ text: String) -> ResponseBody {
        ResponseBody(contentLength: text.utf8.count) { writer in
            try await writer.write(ByteBuffer(bytes: text.utf8.prefix(text.utf8.count / 2)))
            throw BrokenOff()
        }
    }
}

extension Call {
    /// A wait ended without an answer: a fault's, or the pause before a whole answer.
    fileprivate var endOfWait: Record.Outcome { fault == .hang || fault == .silentStream ? unheard : leftEarly }
}

/// Thrown out of a response's body: the server closes the connection without an end.
struct BrokenOff: Error {}

extension HTTPField.Name {
    static let generationID: HTTPField.Name = {
        guard let name = HTTPField.Name("X-Generation-Id") else { preconditionFailure("a valid header name is one") }
        return name
    }()
}
