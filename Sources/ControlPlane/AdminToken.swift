import Foundation

/// The admin's token, made at the first start where the settings give none, and kept beside the ledger for its owner alone.
public enum AdminToken {
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    /// The file beside this ledger.
    public static func path(ledger: String) -> String { ledger + ".admin-token" }

    /// Reads the file, or makes it.
    ///
    /// - Throws: ``Problem`` where it cannot be made or read, others may read it, or it is no token.
    public static func load(path: String) throws(Problem) -> String {
        let made = Access.randomHex(bytes: 32)
        // Made for its owner alone, and only if there is none: never a moment in which others may read it.
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if file >= 0 {
            defer { close(file) }
            let bytes = Array((made + "\n").utf8)
            guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
                unlink(path)
                throw Problem(description: "the admin's token cannot be written to \(path): \(cause)")
            }
            return made
        }
        guard errno == EEXIST else {
            throw Problem(description: "the admin's token cannot be written to \(path): \(cause)")
        }
        return try read(path)
    }

    private static func read(_ path: String) throws(Problem) -> String {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw Problem(description: "the admin's token in \(path) cannot be read: \(cause)") }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw Problem(description: "\(path) is no file; the admin's token is kept there")
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw Problem(
                description: "\(path) holds the admin's token, and others may read it. Run: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = Foundation.read(file, &bytes, bytes.count)
        let token = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).filter { !$0.isWhitespace }
        guard token.utf8.count >= 16 else {
            throw Problem(
                description: "\(path) holds no token of at least 16 characters. Remove it, and a new one is made")
        }
        return token
    }

    private static var cause: String { String(cString: strerror(errno)) }
}
