import HTTPTypes
import Hummingbird
import NIOCore

extension Inference {
    /// The answer as server-sent events.
    func stream(_ call: Call, to client: Client) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-cache", .generationID: call.ticket.id,
            ],
            body: ResponseBody { writer in
                var produced = 0
                do {
                    try await self.write(call, to: &writer, client, &produced)
                    try await writer.finish(nil)
                } catch is BrokenOff {
                    self.register.close(call.ticket.id, as: call.brokenOff(.cut, after: produced))
                    throw BrokenOff()
                } catch {
                    // Either a write failed or a pause ended early: the client has gone.
                    self.register.close(call.ticket.id, as: call.brokenOff(.cancelled, after: produced))
                    throw error
                }
            })
    }

    /// Comments, who speaks, the pieces, why it ends, the usage.
    ///
    /// - Parameter produced: how many tokens were made so far; it stands when the client leaves.
    @concurrent
    private func write(
        _ call: Call, to writer: inout any ResponseBodyWriter, _ client: Client, _ produced: inout Int
    ) async throws {
        let reply = call.reply
        let half = call.answer.pieces.count / 2
        try await writer.write(processingComment)
        try await client.pause(milliseconds: call.pace.first)
        try await writer.write(processingComment)
        if call.fault == .silentStream {
            try await writer.write(processingComment)
            try await client.untilGone()
        }
        try await writer.write(reply.opening)
        for (index, piece) in call.answer.pieces.enumerated() {
            try await client.pause(milliseconds: call.pace.between)
            if index == half, let ending = try await disturb(call, reply, piece, index, &writer) {
                register.close(call.ticket.id, as: ending)
                return
            }
            produced += 1
            try await writer.write(reply.event(piece: piece, at: index))
        }
        register.close(call.ticket.id, as: call.complete)
        try await writer.write(reply.closing)
    }

    /// What the call's fault does in the middle of a stream. Returns how the call ends, where it ends there.
    @concurrent
    private func disturb(
        _ call: Call, _ reply: any Reply, _ piece: String, _ index: Int, _ writer: inout any ResponseBodyWriter
    ) async throws -> Record.Outcome? {
        switch call.fault {
        case .cutStream:
            throw BrokenOff()
        case .truncatedJSON:
            let event = reply.event(piece: piece, at: index)
            try await writer.write(String(event.prefix(event.count / 2)))
            throw BrokenOff()
        case .brokenJSON:
            try await writer.write(reply.brokenEvent)
            return nil
        case .streamError:
            try await writer.write(reply.errorEvent)
            return call.failed(after: call.answer.pieces.count / 2)
        default:
            return nil
        }
    }
}

extension ResponseBodyWriter {
    @concurrent
    fileprivate mutating func write(_ text: String) async throws {
        try await write(ByteBuffer(string: text))
    }
}
