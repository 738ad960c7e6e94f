import Gateway
import HTTPTypes
public import Hummingbird
import HummingbirdCore

/// Stands before all routes of the control plane: lets a request in with who sent it, or turns it away.
struct Gate: RouterMiddleware {
    typealias Context = ControlContext

    let access: Access

    @concurrent
    func handle(
        _ request: Request, context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        do throws(Access.Denial) {
            context.identity = try access.vouched(request, peer: context.peer)
            if context.identity == nil {
                context.identity = try access.admit(
                    access.need(of: request.uri.path), bearer: request.bearer,
                    cookie: request.cookies[Session.cookieName]?.value, peer: context.peer)
            }
        } catch {
            return try Gate.turnAway(request, error)
        }
        return try await next(request, context)
    }

    /// A person goes to the login page, a program gets the envelope.
    private static func turnAway(_ request: Request, _ denial: Access.Denial) throws -> Response {
        if denial == .unknown, request.wantsPage {
            let here = request.uri.path + (request.uri.query.map { "?\($0)" } ?? "")
            return .redirect(to: "/login?next=\(here.queryEncoded)")
        }
        throw Refusal(denial)
    }
}

extension Access {
    /// The admin that a proxy on this machine vouches for in ``trustedHeader``. A page of another origin is not let in by it, as
    /// the proxy's cookie may have come along by itself.
    func vouched(_ request: Request, peer: String) throws(Denial) -> Identity? {
        guard let trustedHeader, let header = HTTPField.Name(trustedHeader), let name = request.headers[header],
            !name.isEmpty, Door.isLoopback(authority: peer.contains(":") ? "[\(peer)]" : peer)
        else { return nil }
        if let origin = request.headers[.origin],
            origin.split(separator: "/").last.map(String.init) != request.head.authority
        {
            throw .unknown
        }
        return Identity(role: .admin, session: nil, name: String(name.prefix(128)))
    }
}

extension Session {
    public static let cookieName = "bursar_session"
}

extension Refusal {
    init(_ denial: Access.Denial) {
        switch denial {
        case .unknown, .wrongToken:
            self.init(
                401, "authentication_error", "invalid_key",
                denial == .unknown
                    ? "This needs the admin's or the viewer's token: Authorization: Bearer <token>."
                    : "The token is neither the admin's nor the viewer's.")
            headers.append(("www-authenticate", "Bearer"))
        case .otherTenant:
            self.init(403, "permission_error", "tenant_not_allowed", "The key belongs to another tenant.")
        case .notAdmin:
            self.init(403, "permission_error", "admin_only", "The viewer's token reads; this needs the admin's.")
        case .tooManyAttempts(let seconds):
            self.init(
                429, "rate_limit_exceeded", "too_many_attempts",
                "Too many wrong tokens came from here. Try again in \(seconds) s.")
            headers.append(("retry-after", "\(seconds)"))
        }
    }
}

extension Request {
    fileprivate var bearer: String? {
        guard let value = headers[.authorization], value.prefix(7).lowercased() == "bearer " else {
            return HTTPField.Name("x-api-key").flatMap { headers[$0] }
        }
        return String(value.dropFirst(7))
    }

    /// A browser that loads a page.
    public var wantsPage: Bool {
        !uri.path.hasPrefix("/api/") && (method == .get || method == .head)
            && headers[.accept]?.contains("text/html") == true
    }
}

extension String {
    /// As a value in a query: all but letters, digits and `-._~` as percent and two digits.
    public var queryEncoded: String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return utf8.map { plain.contains($0) ? String(Unicode.Scalar($0)) : "%" + [$0].hex.uppercased() }.joined()
    }
}
