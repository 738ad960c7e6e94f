import Budgeting
import Synchronization
import Testing

@testable import ControlPlane

/// A clock that stands still until it is moved.
final class Clock: Sendable {
    private let now = Mutex(Instant(seconds: 1_800_000_000))

    func advance(seconds: Int64) { now.withLock { $0 = Instant(milliseconds: $0.milliseconds + seconds * 1000) } }
    var read: @Sendable () -> Instant { { self.now.withLock { $0 } } }
}

/// An access with the tokens `admin-token` and `viewer-token`.
private func access(open: Bool = false, admin: String = "admin-token", clock: Clock = Clock()) -> Access {
    Access(tokens: .init(admin: admin, viewer: "viewer-token"), clock: clock.read, isOpen: { open })
}

@Suite struct AccessTests {
    @Test(arguments: [
        ("/api/health", Access.Need.nothing), ("/login", .nothing), ("/assets/app-1.css", .nothing),
        ("/", .reading), ("/metrics", .reading), ("/api/ready", .reading),
        ("/api/usage/acme", .readingUsage(of: "acme")),
        ("/openapi.json", .reading), ("/unheard-of", .reading), ("/loginx", .reading),
        ("/api/admin", .administering), ("/api/admin/tenants", .administering),
    ])
    func knowsWhatAPathNeeds(path: String, need: Access.Need) {
        #expect(access().need(of: path) == need)
    }

    @Test(arguments: [(true, nil), (false, Access.Denial.unknown)])
    func readingNeedsATokenUnlessTheGatewayIsOpen(open: Bool, denial: Access.Denial?) {
        #expect(outcome(access(open: open), .reading, nil).denial == denial)
        #expect(outcome(access(open: open), .nothing, nil).denial == nil)
    }

    @Test(arguments: [true, false])
    func administeringNeedsTheAdminsTokenHoweverOpenTheGateway(open: Bool) {
        let access = access(open: open)
        #expect(outcome(access, .administering, nil).denial == .unknown)
        #expect(outcome(access, .administering, "viewer-token").denial == .notAdmin)
        #expect(outcome(access, .administering, "admin-token").role == .admin)
    }

    @Test(arguments: ["", "admin-toke", "admin-token ", "admin-tokenx", "Admin-token", "viewer-token\u{0}"])
    func refusesAWrongToken(token: String) {
        #expect(outcome(access(), .reading, token).denial == .wrongToken)
    }

    @Test func readsWithEitherToken() {
        #expect(outcome(access(), .reading, "viewer-token").role == .viewer)
        #expect(outcome(access(), .reading, "admin-token").role == .admin)
    }

    @Test func anyKeyIsIgnoredWhereNothingIsAskedFor() {
        let result = outcome(access(open: true), .reading, "sk-some-app")
        #expect(result.role == nil && result.denial == nil)
    }

    @Test func countsWrongTokensByPeerAndForgetsThemWithTime() throws {
        let clock = Clock()
        let access = access(clock: clock)
        for _ in 0..<10 { #expect(throws: Access.Denial.wrongToken) { try access.login(token: "no", peer: "a") } }
        #expect(throws: Access.Denial.tooManyAttempts(seconds: 6)) { try access.login(token: "admin-token", peer: "a") }
        #expect(try access.login(token: "admin-token", peer: "b").role == .admin)
        clock.advance(seconds: 6)
        #expect(try access.login(token: "admin-token", peer: "a").role == .admin)
    }

    @Test func boundsWrongBearersToo() {
        let access = access()
        for _ in 0..<100 { #expect(outcome(access, .reading, "no").denial == .wrongToken) }
        #expect(outcome(access, .reading, "admin-token").denial == .tooManyAttempts(seconds: 1))
        #expect(outcome(access, .reading, nil).denial == .unknown)
    }

    private func outcome(
        _ access: Access, _ need: Access.Need, _ bearer: String?
    ) -> (
        role: Role?, denial: Access.Denial?
    ) {
        do throws(Access.Denial) {
            return (try access.admit(need, bearer: bearer, cookie: nil, peer: "p")?.role, nil)
        } catch { return (nil, error) }
    }
}

@Suite struct SessionTests {
    @Test func aCookieStandsForItsRoleUntilItEnds() throws {
        let clock = Clock()
        let access = access(clock: clock)
        let cookie = access.cookie(of: try access.login(token: "viewer-token", peer: "p"))
        #expect(try access.admit(.reading, bearer: nil, cookie: cookie, peer: "p")?.role == .viewer)
        #expect(throws: Access.Denial.notAdmin) {
            try access.admit(.administering, bearer: nil, cookie: cookie, peer: "p")
        }
        clock.advance(seconds: Access.sessionSeconds)
        #expect(throws: Access.Denial.unknown) { try access.admit(.reading, bearer: nil, cookie: cookie, peer: "p") }
    }

    @Test func aChangedCookieIsNone() throws {
        let access = access()
        let cookie = access.cookie(of: try access.login(token: "viewer-token", peer: "p"))
        let parts = cookie.split(separator: ".").map(String.init)
        let raised = ([parts[0], "1"] + parts[2...]).joined(separator: ".")
        let longer = (parts[..<2] + ["99999999999"] + parts[3...]).joined(separator: ".")
        for forged in [raised, longer, "", ".", "1.1.99999999999.x.", String(cookie.dropLast()), cookie + "0"] {
            #expect(access.session(from: forged) == nil, "\(forged)")
        }
        #expect(access.session(from: cookie) != nil)
    }

    @Test func anotherTokenEndsAllSessions() throws {
        let cookie = try access().cookie(of: access().login(token: "admin-token", peer: "p"))
        #expect(access().session(from: cookie)?.role == .admin)
        #expect(access(admin: "another-token").session(from: cookie) == nil)
    }

    @Test func aFormIsBoundToItsSession() throws {
        let access = access()
        let mine = try access.login(token: "admin-token", peer: "p")
        let other = try access.login(token: "admin-token", peer: "p")
        let token = access.formToken(of: mine)
        #expect(access.isFormToken(token, of: mine))
        #expect(!access.isFormToken(token, of: other))
        #expect(!access.isFormToken("", of: mine))
        #expect(!access.isFormToken(access.loginFormToken(visit: mine.nonce), of: mine))
    }

    @Test func aLinkLogsInOnceAndSoon() {
        let clock = Clock()
        let access = access(clock: clock)
        let code = access.makeLink()
        #expect(access.useLink("no") == nil)
        #expect(access.useLink(code)?.role == .admin)
        #expect(access.useLink(code) == nil)
        let late = access.makeLink()
        clock.advance(seconds: Access.linkMinutes * 60)
        #expect(access.useLink(late) == nil)
    }
}
