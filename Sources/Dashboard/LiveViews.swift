import ControlPlane
import Foundation
import Gateway
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Synchronization

/// How many look on live; more than that see pages that stand still.
final class LiveViews: Sendable {
    private let count = Mutex(0)

    static let most = 100

    /// False where there is no room.
    func enter() -> Bool {
        count.withLock { count in
            guard count < LiveViews.most else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

extension Dashboard {
    private static let every = Duration.seconds(1)
    /// Proxies and browsers drop a connection that says nothing.
    private static let heartbeatTicks = 15

    /// Parts of a page, as server-sent events: each when it differs from what this viewer has. A viewer that is slow to take them
    /// gets the newest when it is ready: nothing is queued for it.
    func liveView(_ request: Request, _ context: ControlContext) throws -> Response {
        let address = request.query["of"] ?? ""
        guard let render = parts(of: address) else { throw PageProblem(.notFound, "There is no such page to follow.") }
        guard live.enter() else {
            throw PageProblem(.serviceUnavailable, "Too many follow live already. Pages still load.")
        }
        let leave = Leave(live)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: ResponseBody { [gateway] writer in
                defer { leave.now() }
                var shown: [String: String] = [:]
                var quiet = 0
                try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
                while !gateway.isDraining, !Task.isCancelled {
                    let changed = (render() + [Part.head(gateway.ledger.head)]).filter { shown[$0.id] != $0.html.text }
                    for part in changed { shown[part.id] = part.html.text }
                    quiet = changed.isEmpty ? quiet + 1 : 0
                    if !changed.isEmpty {
                        try await writer.write(ByteBuffer(string: changed.map(LiveViews.event).joined()))
                    } else if quiet >= Dashboard.heartbeatTicks {
                        quiet = 0
                        try await writer.write(ByteBuffer(string: ": still here\n\n"))
                    }
                    try await Task.sleep(for: Dashboard.every)
                }
                try await writer.finish(nil)
            })
    }

    /// The parts of a page by its address; nil for a page that does not change by itself.
    private func parts(of address: String) -> (@Sendable () -> [Part])? {
        let pieces = address.split(separator: "?", maxSplits: 1)
        let path = pieces.first.map(String.init) ?? ""
        let query = pieces.count > 1 ? String(pieces[1]) : ""
        switch path {
        case "/": return { overview().parts }
        case "/tenants": return { tenants(TenantSearch(Form.values(of: query))).parts }
        case "/models": return { (try? modelParts()) ?? [] }
        case "/receipts": return { (try? receiptsPage(ReceiptSearch(Form.values(of: query))).parts) ?? [] }
        case "/health": return { health().parts }
        default:
            guard path.hasPrefix("/tenants/"), let name = String(path.dropFirst(9)).removingPercentEncoding else {
                return nil
            }
            return { tenantParts(name) }
        }
    }
}

/// Gives a viewer's place back once, also when the answer is never begun.
private final class Leave: Sendable {
    private let views: LiveViews
    private let isDone = Mutex(false)

    init(_ views: LiveViews) {
        self.views = views
    }

    func now() {
        let isFirst = isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        if isFirst { views.leave() }
    }

    deinit { now() }
}

extension LiveViews {
    /// The part's name on the first line, its markup on those after it.
    static func event(_ part: Part) -> String {
        let lines = part.html.text.split(separator: "\n", omittingEmptySubsequences: false)
        return "event: part\ndata: \(part.id)\n" + lines.map { "data: \($0)\n" }.joined() + "\n"
    }
}
