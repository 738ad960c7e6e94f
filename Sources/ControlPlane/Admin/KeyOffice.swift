public import Budgeting
public import ExactMoney
public import Gateway
public import Ledger

/// Why nothing became of what an operator asked of a key.
public enum KeyFailure: Error, Hashable, Sendable {
    case unknown
    /// The settings say how many calls it may make, so that is changed there.
    case limitsNamed(SettingPlace)
    case change(ChangeFailure)
}

/// Where keys are issued, changed, rotated and revoked, for the admin API and the pages alike: through the ledger, with a remark of who
/// did it, and known to the data plane when it returns.
public struct KeyOffice: Sendable {
    let gateway: Gateway

    public init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    /// How long the secrets before a rotation stay good where nothing is said.
    public static let overlapSeconds: Int64 = 86_400
    public static let mostOverlapSeconds: Int64 = 7_776_000

    /// A new key, or a new secret for one that has ended.
    ///
    /// - Parameter name: nil takes the tenant's, with a number that no key has.
    /// - Returns: what it is called, and its secret, which is kept nowhere.
    public func issue(
        _ name: String?, for tenant: String, _ edit: KeyEdit, budgets: [Period: Money] = [:], by who: String
    ) async throws(KeyFailure) -> (name: String, secret: KeySecret) {
        let ledger = gateway.ledger
        let name = name ?? freeName(for: tenant)
        var rules = VirtualKey.Rules()
        var end: Instant?
        edit.apply(to: &rules, &end) { ledger.tenant(named: $0) }
        let secret = KeySecret()
        let id = ledger.key(named: name)
        let issue = KeyIssue(
            key: id, tenant: ledger.tenant(named: tenant), rules: rules, hash: gateway.keys.hash(secret),
            prefix: secret.prefix, endsAt: end)
        let remark = remark("key issued", name, id, who)
        defer { gateway.keys.refresh(id) }
        do throws(ChangeFailure) {
            let budgets = budgets.sorted { $0.key.rawValue < $1.key.rawValue }
            try await ledger.issue(
                issue, budgets: budgets.map { BudgetSetting(.key(name), $0.key, .limit($0.value)) }, remark)
        } catch { throw .change(error) }
        return (name, secret)
    }

    /// A new secret for a key; those before it stay good for the overlap.
    public func rotate(
        _ name: String, overlapSeconds: Int64 = KeyOffice.overlapSeconds, expiresAt: Instant? = nil, by who: String
    ) async throws(KeyFailure) -> KeySecret {
        let id = try id(of: name)
        let secret = KeySecret()
        let (key, now) = gateway.ledger.read { books, _, _, now in (books.keys.keys[id], now) }
        guard let key else { throw .unknown }
        let issue = KeyIssue(
            key: id, tenant: key.tenant, rules: key.rules, hash: gateway.keys.hash(secret), prefix: secret.prefix,
            endsAt: expiresAt)
        let end = Instant(milliseconds: now.milliseconds + overlapSeconds * 1000)
        try await change(.rotateKey(issue, until: end), remark("key rotated", name, id, who), id)
        return secret
    }

    /// Ends all secrets of a key, at once. Doing it again changes nothing.
    public func revoke(_ name: String, by who: String) async throws(KeyFailure) {
        let id = try id(of: name)
        try await change(.revokeKey(id, from: .init(milliseconds: 0)), remark("key revoked", name, id, who), id)
    }

    /// Changes what a key that is good may do, and when it expires. Doing it again changes nothing.
    public func change(_ name: String, _ edit: KeyEdit, by who: String) async throws(KeyFailure) {
        let id = try id(of: name)
        if edit.saysLimits, let place = gateway.settings.keyPlaces[name] { throw .limitsNamed(place) }
        let ledger = gateway.ledger
        // Names get their numbers before: the change itself holds the books' lock.
        let numbers = Dictionary(
            (edit.actsFor ?? []).filter { $0 != "*" }.map { ($0, ledger.tenant(named: $0)) },
            uniquingKeysWith: { first, _ in first })
        defer { gateway.keys.refresh(id) }
        do throws(ChangeFailure) {
            _ = try await ledger.changeKey(id, remark("key changed", name, id, who)) { rules, end in
                edit.apply(to: &rules, &end) { numbers[$0] ?? TenantID(0) }
            }
        } catch { throw .change(error) }
    }

    /// The number of a key that was issued.
    func id(of name: String) throws(KeyFailure) -> KeyID {
        let id = gateway.ledger.read { books, names, _, _ in
            names.key(named: name).flatMap { books.keys.keys[$0]?.id }
        }
        guard let id else { throw .unknown }
        return id
    }

    private func change(_ command: Command, _ remark: Remark, _ id: KeyID) async throws(KeyFailure) {
        defer { gateway.keys.refresh(id) }
        do throws(ChangeFailure) { _ = try await gateway.ledger.change(command, remark) } catch {
            throw .change(error)
        }
    }

    private func remark(_ action: String, _ name: String, _ id: KeyID, _ who: String) -> Remark {
        Remark(who: who, action: action, target: KeyOffice.target(name)) { books, names, _, now in
            books.keys.keys[id].map { KeyText.summary($0, names, books, at: now) } ?? "none"
        }
    }

    /// What the record of changes calls a key.
    public static func target(_ name: String) -> String { "key \(name)" }

    /// `acme-1`, or the next that no key has.
    private func freeName(for tenant: String) -> String {
        gateway.ledger.read { books, names, _, _ in
            let stem = tenant.prefix(118)
            let taken = { (name: String) in names.key(named: name).map { books.keys.keys[$0] != nil } ?? false }
            var number = 1
            while taken("\(stem)-\(number)") { number += 1 }
            return "\(stem)-\(number)"
        }
    }
}
