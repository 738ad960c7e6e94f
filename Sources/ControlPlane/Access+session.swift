public import Budgeting
import Crypto

/// A browser that has logged in. Nothing is kept of it here: the cookie carries it, signed.
public struct Session: Hashable, Sendable {
    public let role: Role
    public let endsAt: Instant
    /// Its own number, which forms are bound to.
    let nonce: String
}

extension Access {
    /// Twelve hours: a working day.
    public static let sessionSeconds: Int64 = 12 * 3600

    func makeSession(_ role: Role) -> Session {
        let endsAt = Instant(seconds: clock().seconds + Access.sessionSeconds)
        return Session(role: role, endsAt: endsAt, nonce: Access.randomHex(bytes: 16))
    }

    /// What the session's cookie holds: role, end, nonce and the signature over them.
    public func cookie(of session: Session) -> String {
        let facts = "1.\(session.role.rawValue).\(session.endsAt.seconds).\(session.nonce)"
        return "\(facts).\(sign("session", facts))"
    }

    /// The session of a cookie; nil where it has ended, or was not made here.
    func session(from cookie: String) -> Session? {
        guard let dot = cookie.lastIndex(of: ".") else { return nil }
        let facts = String(cookie[..<dot])
        guard isSigned("session", facts, by: String(cookie[cookie.index(after: dot)...])) else { return nil }
        let parts = facts.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "1", let role = UInt8(parts[1]).flatMap(Role.init),
            let seconds = Int64(parts[2]), seconds > clock().seconds
        else { return nil }
        return Session(role: role, endsAt: Instant(seconds: seconds), nonce: String(parts[3]))
    }

    /// What a form of this session carries, so that no other page can send it.
    public func formToken(of session: Session) -> String { sign("form", session.nonce) }

    public func isFormToken(_ token: String, of session: Session) -> Bool {
        isSigned("form", session.nonce, by: token)
    }

    /// What the login form carries: bound to a cookie that was set with it, as there is no session yet.
    public func loginFormToken(visit: String) -> String { sign("login", visit) }

    public func isLoginFormToken(_ token: String, visit: String) -> Bool { isSigned("login", visit, by: token) }

    private func sign(_ purpose: String, _ text: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Array("\(purpose)\u{0}\(text)".utf8), using: signingKey).hex
    }

    private func isSigned(_ purpose: String, _ text: String, by code: String) -> Bool {
        guard let bytes = [UInt8](hex: code) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            bytes, authenticating: Array("\(purpose)\u{0}\(text)".utf8), using: signingKey)
    }

    /// From the system's cryptographic source.
    public static func randomHex(bytes count: Int) -> String {
        var source = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &source) }.hex
    }
}

extension Sequence<UInt8> {
    /// Two digits a byte, lower case.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate init?(hex text: String) {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
        self = stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
    }
}
