import Crypto

/// What a client shows: `bsr_` and 43 characters, as hard to guess as 32 random bytes. It exists here once, when it is made.
public struct KeySecret: Sendable {
    public let text: String

    public static let start = "bsr_"
    /// 62 to the 43rd is more than 2 to the 256th.
    private static let length = 43
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    private static let shown = 6

    /// From the system's cryptographic source.
    public init() {
        var source = SystemRandomNumberGenerator()
        let digits = (0..<KeySecret.length).map { _ in KeySecret.digits.randomElement(using: &source) ?? "0" }
        text = KeySecret.start + String(digits)
    }

    /// What people may see of it.
    public var prefix: String { String(text.prefix(KeySecret.start.count + KeySecret.shown)) }
}

/// Turns secrets into what the ledger keeps of them: HMAC-SHA256 under a pepper that is not in the ledger.
///
/// One pass is enough: there is nothing to guess in 256 random bits (decision 33).
public struct KeyHasher: Sendable {
    private let pepper: SymmetricKey

    public init(pepper: [UInt8]) {
        self.pepper = SymmetricKey(data: pepper)
    }

    public func hash(_ secret: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(secret.utf8), using: pepper))
    }
}

/// Whether two hashes are the same, in a time that does not tell where they differ.
func isSame(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    guard first.count == second.count else { return false }
    return zip(first, second).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
}
