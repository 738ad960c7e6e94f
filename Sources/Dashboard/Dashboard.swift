import Budgeting
public import ControlPlane
import Foundation
public import Gateway
import HTTPTypes
public import Hummingbird
import Ledger
public import Receipts

/// The pages at `/`: where the money goes, and the few things to change. They read snapshots of the books, never the path of a
/// call, and change things by the ledger's own commands.
public struct Dashboard: Sendable {
    /// What the settings say that pages need to tell.
    public struct Facts: Sendable {
        public var isSandbox: Bool
        public var ledgerPath: String

        public init(isSandbox: Bool, ledgerPath: String) {
            self.isSandbox = isSandbox
            self.ledgerPath = ledgerPath
        }
    }

    let gateway: Gateway
    let access: Access
    let facts: Facts
    let boards: BoardKeeper
    let live: LiveViews
    let tickets = FormTickets()
    let projector: Projector
    let receipts: ReceiptStore
    let recentCalls = RecentCalls()

    public init(_ gateway: Gateway, access: Access, receipts: Projector, facts: Facts) {
        projector = receipts
        self.receipts = receipts.store
        self.gateway = gateway
        self.access = access
        self.facts = facts
        boards = BoardKeeper(gateway.ledger)
        live = LiveViews()
    }

    /// Puts the pages' routes among those of the control plane.
    public func add(to router: Router<ControlContext>) {
        let pages = router.group().add(middleware: PageErrors(dashboard: self))
        for asset in Asset.all { pages.get(RouterPath(asset.path)) { _, _ in asset.response } }
        pages.get("/") { request, context in show(overview(), request, context) }
        pages.get("/tenants") { request, context in show(tenants(TenantSearch(request)), request, context) }
        pages.get("/tenants/{tenant}") { request, context in
            show(try tenant(context.tenant(), context, done: request.query["done"]), request, context)
        }
        pages.get("/models") { request, context in show(try modelsPage(), request, context) }
        pages.get("/receipts") { request, context in
            show(try receiptsPage(ReceiptSearch(request.query)), request, context)
        }
        pages.get("/receipts/{id}") { request, context in
            show(try receiptPage(context.parameters.get("id") ?? ""), request, context)
        }
        pages.get("/prices") { request, context in show(prices(search: request.query["q"] ?? ""), request, context) }
        pages.get("/health") { request, context in show(health(done: request.query["done"]), request, context) }
        pages.get("/live") { request, context in try liveView(request, context) }
        addEdits(to: pages)
        addKeys(to: pages)
        addLogin(to: pages)
    }

    /// Puts the frame around a page.
    func show(_ page: Page, _ request: Request, _ context: ControlContext) -> Response {
        let frame = Frame(
            page: page, identity: context.identity,
            formToken: context.identity?.session.map { access.formToken(of: $0) }, isSandbox: facts.isSandbox,
            observes: gateway.settings.observes, trouble: trouble, asOf: asOf,
            head: gateway.ledger.head)
        return Response(page: frame.html, status: page.status)
    }

    /// What everybody who looks must know.
    private var trouble: String? {
        if let failure = gateway.ledger.failure {
            return "The ledger cannot write, so no call is admitted: \(failure.description)"
        }
        return gateway.isDraining ? "The gateway is shutting down." : nil
    }

    private var asOf: String {
        let (now, zone) = gateway.ledger.read { _, _, policy, now in (now, policy.zone) }
        return "\(now.moment(in: zone)), \(zone.name)"
    }
}

extension ControlContext {
    /// The tenant of the path.
    func tenant() throws -> String { try named("tenant") }

    /// A name in the path, whose `:` and `@` may stand there by their codes.
    func named(_ what: String) throws -> String {
        guard let name = parameters.get(what)?.removingPercentEncoding, isTenant(name) else {
            throw PageProblem(.notFound, "There is no such \(what).")
        }
        return name
    }
}

extension Request {
    /// The query's values; of one that comes twice the first.
    var query: [String: String] { Form.values(of: uri.query ?? "") }
}

/// Why there is no page, for a person.
struct PageProblem: Error {
    let status: HTTPResponse.Status
    let message: String

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// Shows what went wrong as a page.
struct PageErrors: RouterMiddleware {
    typealias Context = ControlContext

    let dashboard: Dashboard

    @concurrent
    func handle(
        _ request: Request, context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch let problem as PageProblem {
            let page = Page(
                title: "That did not work",
                head: """
                    <h1>That did not work</h1><p class="lead">\(problem.message)</p>
                    <p class="actions"><a class="button" href="/">To the overview</a></p>
                    """, status: problem.status)
            return dashboard.show(page, request, context)
        }
    }
}
