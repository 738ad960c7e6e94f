import Gateway
import Ledger
import Logging

extension KeyDesk {
    /// With the pepper in the file beside the ledger, which is made at the first start.
    ///
    /// - Throws: ``Stop`` where that file cannot be made or used.
    convenience init(_ ledger: Ledger, ledgerPath: String, logger: Logger) throws {
        let pepper: KeptSecret
        do { pepper = try KeptSecret(path: ledgerPath + ".key-pepper", what: "the pepper of keys") } catch {
            throw Stop("\(error)")
        }
        self.init(ledger, hasher: KeyHasher(pepper: pepper.bytes))
        if pepper.isNew, asksForKeys {
            logger.error(
                "the pepper of keys was missing and was made anew: keys issued before open nothing. Restore it from a copy, or rotate them",
                metadata: ["file": "\(ledgerPath).key-pepper"])
        }
    }
}
