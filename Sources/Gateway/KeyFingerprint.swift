internal import Crypto

/// Tells one upstream key from another in the books: the first eight bytes of its SHA-256. Nothing of the key can be read from it.
enum KeyFingerprint {
    static func of(_ key: String) -> UInt64 {
        SHA256.hash(data: Array(key.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
