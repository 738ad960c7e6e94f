public import Gateway
import HTTPTypes
public import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1

/// The paths that cost nothing: health, readiness, usage. As simple as it gets.
public struct ControlPlane: Sendable {
    private let gateway: Gateway

    public init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    public func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: Envelope())
        router.get("/api/health") { [gateway] _, _ in
            Response(json: #"{"status":"ok","timestamp":"\#(gateway.timestamp)"}"#)
        }
        router.get("/api/ready") { [gateway] _, _ in Readiness(gateway).response }
        router.get("/api/usage/{tenant}") { [gateway] _, context in
            let tenant = try context.parameters.require("tenant")
            guard isTenant(tenant) else {
                throw Refusal.invalid(
                    "invalid_tenant", param: "tenant",
                    "A tenant's id has 1 to 128 of A-Z a-z 0-9 . _ : @ - and begins with a letter or digit.")
            }
            return Response(json: UsageReport(of: tenant, in: gateway).json)
        }
        router.get("/api/admin/prices") { [gateway] _, _ in Response(json: PriceListing(gateway).json) }
        router.get("/metrics") { [gateway] _, _ in Scrape(gateway).response }
        return router
    }
}

extension Response {
    init(status: HTTPResponse.Status = .ok, json: String) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }
}

/// Turns every error into the one envelope, routes that do not exist among them.
private struct Envelope: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as Refusal {
            return response(refusal)
        } catch let error as any HTTPResponseError where error.status == .notFound {
            return response(Envelope.missing(request))
        } catch let error as any HTTPResponseError {
            return response(
                .invalid(error.status.code, "invalid_request", "The request cannot be served: \(error.status)."))
        }
    }

    /// A path that is served is asked with the wrong method; any other does not exist.
    private static func missing(_ request: Request) -> Refusal {
        let path = request.uri.path
        let isServed =
            ["/api/health", "/api/ready", "/api/admin/prices", "/metrics"].contains(path)
            || path.hasPrefix("/api/usage/")
        guard isServed, request.method != .get, request.method != .head else {
            return .unknownRoute(.init(rawValue: request.method.rawValue), path)
        }
        return .methodNotAllowed(.init(rawValue: request.method.rawValue), path, takes: "GET")
    }

    private func response(_ refusal: Refusal) -> Response {
        var response = Response(status: .init(code: refusal.status), json: refusal.json)
        for (name, value) in refusal.headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }
}
