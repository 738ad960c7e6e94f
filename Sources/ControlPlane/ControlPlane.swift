public import Gateway
import HTTPTypes
public import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
public import Receipts

/// The paths that cost nothing: health, readiness, usage, the admin API. As simple as it gets.
public struct ControlPlane: Sendable {
    private let gateway: Gateway
    private let access: Access
    private let receipts: ReceiptStore

    public init(_ gateway: Gateway, access: Access, receipts: ReceiptStore) {
        self.receipts = receipts
        self.gateway = gateway
        self.access = access
    }

    public func router() -> Router<ControlContext> {
        let table = OperationTable(gateway, receipts)
        let router = Router(context: ControlContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: Envelope(table: table))
        router.add(middleware: Gate(access: access))
        table.add(to: router)
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
    typealias Context = ControlContext

    let table: OperationTable

    @concurrent
    func handle(
        _ request: Request, context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as Refusal {
            return response(refusal)
        } catch let error as any HTTPResponseError where error.status == .notFound {
            return response(missing(request))
        } catch let error as any HTTPResponseError {
            return response(
                .invalid(error.status.code, "invalid_request", "The request cannot be served: \(error.status)."))
        }
    }

    /// A path that is served is asked with the wrong method; any other does not exist.
    private func missing(_ request: Request) -> Refusal {
        let path = request.uri.path
        let methods = table.methods(at: path)
        guard !methods.isEmpty, !methods.contains(request.method.rawValue) else {
            return .unknownRoute(.init(rawValue: request.method.rawValue), path)
        }
        return .methodNotAllowed(
            .init(rawValue: request.method.rawValue), path, takes: methods.joined(separator: ", "))
    }

    private func response(_ refusal: Refusal) -> Response {
        var response = Response(status: .init(code: refusal.status), json: refusal.json)
        for (name, value) in refusal.headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }
}
