import ControlPlane
import Gateway
import HTTPTypes
import Hummingbird
import Logging

/// In and out. Without a session the login form is bound to a cookie that comes with it.
extension Dashboard {
    private static let visitCookie = "bursar_visit"

    func addLogin(to pages: RouterGroup<ControlContext>) {
        pages.get("/login") { request, context in try await loginPage(request, context) }
        pages.post("/login") { request, context in try await login(request, context) }
        pages.post("/logout") { request, context in try await logout(request, context) }
    }

    /// The form, or the end of a link that logs in once.
    private func loginPage(_ request: Request, _ context: ControlContext) async throws -> Response {
        if let code = request.query["code"] {
            guard let session = access.useLink(code) else {
                return loginForm(request, context, problem: "This link was used before, or is older than 15 minutes.")
            }
            gateway.logger.notice("signed in by link", metadata: ["role": "admin", "peer": "\(context.peer)"])
            return entered(session, to: "/", request)
        }
        return loginForm(request, context, problem: nil)
    }

    private func login(_ request: Request, _ context: ControlContext) async throws -> Response {
        let form = try await Form(request)
        let visit = request.cookies[Dashboard.visitCookie]?.value ?? ""
        guard request.isOfThisSite, !visit.isEmpty, access.isLoginFormToken(form["form"], visit: visit) else {
            return loginForm(request, context, problem: "The form was too old. Try again.")
        }
        do throws(Access.Denial) {
            let session = try access.login(token: form["token"], peer: context.peer)
            gateway.logger.notice(
                "signed in", metadata: ["role": "\(session.role.name)", "peer": "\(context.peer)"])
            return entered(session, to: Dashboard.local(form["next"]), request)
        } catch {
            gateway.logger.warning("a login failed", metadata: ["peer": "\(context.peer)"])
            if case .tooManyAttempts(let seconds) = error {
                return loginForm(
                    request, context, problem: "Too many wrong tokens came from here. Try again in \(seconds) s.",
                    status: .tooManyRequests)
            }
            return loginForm(
                request, context, problem: "That is neither the admin's nor the viewer's token.", status: .forbidden)
        }
    }

    private func logout(_ request: Request, _ context: ControlContext) async throws -> Response {
        let form = try await Form(request)
        guard let session = context.identity?.session, request.isOfThisSite,
            access.isFormToken(form["form"], of: session)
        else { throw PageProblem(.forbidden, "The form is not of this session any more. Load its page again.") }
        var response = Response.redirect(to: "/")
        response.setCookie(cookie(Session.cookieName, "", request, seconds: 0))
        return response
    }

    private func entered(_ session: Session, to place: String, _ request: Request) -> Response {
        var response = Response.redirect(to: place)
        response.headers[.cacheControl] = "no-store"
        response.setCookie(
            cookie(Session.cookieName, access.cookie(of: session), request, seconds: Int(Access.sessionSeconds)))
        return response
    }

    private func loginForm(
        _ request: Request, _ context: ControlContext, problem: String?, status: HTTPResponse.Status = .ok
    ) -> Response {
        let visit = Access.randomHex(bytes: 16)
        let next = Dashboard.local(request.query["next"] ?? "/")
        let complaint: HTML? = problem.map { "<p class=\"problem\" role=\"alert\" id=\"problem\">\($0)</p>" }
        let page = Page(
            title: "Sign in",
            head: """
                <div class="door"><div class="card"><h1>Sign in</h1>
                <p class="lead">With the admin’s token you can change budgets and keys, with the viewer’s you can read.</p>
                <form method="post" action="/login">
                \(complaint)
                <input type="hidden" name="form" value="\(access.loginFormToken(visit: visit))">
                <input type="hidden" name="next" value="\(next)">
                <div class="field"><label for="token">Token</label>
                <input id="token" name="token" type="password" autocomplete="current-password" required autofocus \
                aria-describedby="hint\(problem == nil ? "" : " problem")"\(when(problem != nil, " aria-invalid=\"true\""))>
                <span class="hint" id="hint">The admin’s is what <code>BURSAR_ADMIN_TOKEN</code> sets; else it stands in the file \
                ending in <code>.admin-token</code> beside the ledger.</span></div>
                <div><button class="main">Sign in</button></div>
                </form></div></div>
                """, status: status)
        var response = show(page, request, context)
        response.setCookie(cookie(Dashboard.visitCookie, visit, request, seconds: 3_600))
        return response
    }

    /// Not for scripts, and not sent along from other sites. Behind TLS only over TLS.
    private func cookie(_ name: String, _ value: String, _ request: Request, seconds: Int) -> Cookie {
        let isSecure = HTTPField.Name("x-forwarded-proto").flatMap { request.headers[$0] } == "https"
        return Cookie(
            name: name, value: value, maxAge: seconds, path: "/", secure: isSecure, httpOnly: true, sameSite: .strict)
    }

    /// An address of this site only: never `//elsewhere`, never `https:`.
    static func local(_ address: String) -> String {
        let bytes = Array(address.utf8)
        let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        guard isPlain, bytes.first == UInt8(ascii: "/"), bytes.count < 2 || bytes[1] != UInt8(ascii: "/") else {
            return "/"
        }
        return address
    }
}
