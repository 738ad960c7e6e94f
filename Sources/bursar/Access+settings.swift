import ControlPlane
import Gateway

extension Access {
    /// With the settings' tokens; the admin's comes from the file beside the ledger where they give none.
    ///
    /// - Throws: ``Stop`` where that file cannot be made or used.
    convenience init(_ settings: Settings, ledgerPath: String, keys: KeyDesk) throws {
        let admin = try settings.adminToken ?? Access.keptToken(ledgerPath: ledgerPath)
        let isLoopback = settings.isLoopback
        self.init(
            tokens: .init(admin: admin, viewer: settings.viewerToken), trustedHeader: settings.trustedHeader,
            clock: Composition.wallClock,
            isOpen: { isLoopback && !keys.asksForKeys },
            standing: { secret, tenant in
                guard let grant = keys.grant(for: secret, at: Composition.wallClock()) else { return .unknown }
                return grant.mayActFor(tenant) ? .reads : .otherTenant
            })
    }

    private static func keptToken(ledgerPath: String) throws -> String {
        do { return try AdminToken.load(path: AdminToken.path(ledger: ledgerPath)) } catch { throw Stop("\(error)") }
    }
}
