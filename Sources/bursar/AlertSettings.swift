import Budgeting
import ExactMoney
import Exporting
import Foundation

/// A place that a tenant's messages go to, as `notify` names it: a mailbox, `https://…`, `slack:https://…`, or with `$NAME` in place of
/// the URL the variable that holds it.
struct NotifyAddress: Hashable {
    enum Way: Hashable {
        case mail(MailAddress)
        case webhook
        case slack
    }

    let way: Way
    /// A URL, or `$NAME`; empty for a mailbox.
    let place: String

    static let expected = "a mailbox, a URL, $NAME of a variable that holds one, or slack: before either"

    /// Nil for what is none of these.
    init?(_ text: String) {
        if let address = MailAddress(text) {
            (way, place) = (.mail(address), "")
            return
        }
        let isSlack = text.hasPrefix("slack:")
        place = isSlack ? String(text.dropFirst(6)) : text
        way = isSlack ? .slack : .webhook
        guard variable != nil || place.contains("://") && SinkAddress(place) != nil else { return nil }
    }

    var variable: String? {
        guard place.hasPrefix("$"), place.count > 1 else { return nil }
        let name = place.dropFirst()
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") } ? String(name) : nil
    }
}

extension SettingsReader {
    /// Who is told what.
    func routes(_ tenants: TenantSettings) throws -> MessageRoutes {
        let server = try mailServer()
        var routes = MessageRoutes(operators: try operators(server))
        for (tenant, addresses) in tenants.notify.sorted(by: { $0.key < $1.key }) {
            routes.tenants[tenant] = try addresses.map { try destination($0, of: tenant, server) }
        }
        return routes
    }

    private func operators(_ server: MailServer?) throws -> [MessageDestination] {
        var operators: [MessageDestination] = []
        if let text = environment["WEBHOOK_URL"] {
            // A URL may be a secret, and is not repeated.
            guard text.contains("://"), let address = SinkAddress(text) else {
                throw SettingsProblem("WEBHOOK_URL", "must be a URL that begins with https:// or http://")
            }
            operators.append(try signed(MessageDestination.standard(address, secret: environment["WEBHOOK_SECRET"])))
        }
        // The URL is the secret: it is not repeated in a message.
        if environment["SLACK_WEBHOOK_URL"] != nil {
            guard let address = (try? sinkAddress("SLACK_WEBHOOK_URL")) ?? nil else {
                throw SettingsProblem("SLACK_WEBHOOK_URL", "must be the URL that Slack gave for an incoming webhook")
            }
            operators.append(.slack(address))
        }
        for text in list("ALERT_EMAIL") {
            guard let address = MailAddress(text) else {
                throw SettingsProblem("ALERT_EMAIL", value: text, expected: "mailboxes such as ops@example.com")
            }
            guard let server else {
                throw SettingsProblem(
                    missing: "SMTP_HOST", for: "ALERT_EMAIL to be reached", leavesOut: Spot("ALERT_EMAIL"))
            }
            operators.append(.mail(to: address, by: server))
        }
        return operators
    }

    private func destination(
        _ address: NotifyAddress, of tenant: String, _ server: MailServer?
    ) throws -> MessageDestination {
        if case .mail(let mailbox) = address.way {
            guard let server else {
                throw SettingsProblem(
                    missing: "SMTP_HOST", for: "notify of \(tenant) to be reached by e-mail",
                    leavesOut: Spot("TENANT_BUDGETS", [tenant, "notify"]))
            }
            return .mail(to: mailbox, by: server)
        }
        let url = try address.variable.map { name in
            guard let url = environment[name] else {
                throw SettingsProblem(
                    missing: name, for: "notify of \(tenant), which names it as a URL",
                    leavesOut: Spot("TENANT_BUDGETS", [tenant, "notify"]))
            }
            return url
        }
        guard let endpoint = SinkAddress(url ?? address.place) else {
            throw SettingsProblem(address.variable ?? "TENANT_BUDGETS", "must be a URL: notify of \(tenant) names it")
        }
        if address.way == .slack { return .oneOfSeveral(slack: endpoint) }
        return try signed(.oneOfSeveral(standard: endpoint, secret: environment["WEBHOOK_SECRET"]))
    }

    private func signed(_ destination: MessageDestination?) throws -> MessageDestination {
        guard let destination else {
            throw SettingsProblem("WEBHOOK_SECRET", "must be whsec_ and Base64 of at least 24 bytes, or such bytes")
        }
        return destination
    }

    private func mailServer() throws -> MailServer? {
        guard let host = environment["SMTP_HOST"] else { return nil }
        let security =
            try choice("SMTP_SECURITY", MailServer.Security.allCases.map(\.rawValue)).flatMap {
                MailServer.Security(rawValue: $0)
            } ?? .starttls
        guard let sender = environment["SMTP_FROM"] else {
            throw SettingsProblem(
                missing: "SMTP_FROM", for: "SMTP_HOST: the mailbox that alerts come from",
                leavesOut: Spot("SMTP_HOST"), Spot("ALERT_EMAIL"))
        }
        guard let from = MailAddress(sender) else {
            throw SettingsProblem("SMTP_FROM", "must be the mailbox that alerts come from, such as bursar@example.com")
        }
        var server = MailServer(
            host: host, port: Int(try whole("SMTP_PORT", 1...65_535, default: Int64(security.usualPort))),
            security: security, from: from)
        server.trustFile = environment["SMTP_CA_FILE"]
        if let username = environment["SMTP_USERNAME"] {
            guard let password = environment["SMTP_PASSWORD"] else {
                throw SettingsProblem(
                    missing: "SMTP_PASSWORD", for: "SMTP_USERNAME", leavesOut: Spot("SMTP_USERNAME"))
            }
            guard security != .none else {
                throw SettingsProblem(
                    "SMTP_SECURITY", value: "none", expected: "starttls or tls, where SMTP_PASSWORD is to be sent")
            }
            server.login = .init(username: username, password: password)
        }
        return server
    }

    /// How many times the usual, in hundredths; nil for `none`.
    func rateFactor(_ name: String) throws -> Int64? {
        guard let text = environment[name] else { return AlertRules().rateFactor }
        if text == "none" { return nil }
        guard let factor = try? ExactDecimal.scaled(text.utf8, decimals: 2, rounding: .down),
            (100...1_000_000).contains(factor)
        else { throw SettingsProblem(name, value: text, expected: "a number from 1 to 10000, such as 3, or none") }
        return Int64(factor)
    }

    /// `0.5,0.8,1`, or `none`.
    func alertLevels(_ name: String) throws -> AlertLevels? {
        guard environment[name] != nil else { return nil }
        guard let levels = AlertLevels(texts: list(name)) else {
            throw SettingsProblem(name, value: environment[name] ?? "", expected: AlertLevels.expected)
        }
        return levels
    }
}

extension AlertLevels {
    static let expected = "fractions above 0 and up to 1, such as 0.5 and 0.9, or none"

    /// Fractions of a cap; `none` alone for none at all. Nil for anything else.
    init?(texts: [String]) {
        if texts == ["none"] {
            self.init([])
            return
        }
        let shares = texts.map { try? ExactDecimal.scaled($0.utf8, decimals: 4, rounding: .down) }
        guard !shares.isEmpty, shares.allSatisfy({ $0.map { (1...10_000).contains($0) } ?? false }) else { return nil }
        self.init(shares.compactMap { $0.flatMap { Int64(exactly: $0) } })
    }
}
