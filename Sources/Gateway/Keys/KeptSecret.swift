import Foundation

/// Random bytes that are made once and kept in a file beside the ledger, for its owner alone.
public struct KeptSecret: Sendable {
    public struct Problem: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    public let bytes: [UInt8]
    /// Whether the file was made just now.
    public let isNew: Bool

    private static let count = 32

    /// Reads the file, or makes it.
    ///
    /// - Parameter what: what it is for people: "the pepper of keys".
    /// - Throws: ``Problem`` where it cannot be made or read, others may read it, or it is not whole.
    public init(path: String, what: String) throws(Problem) {
        var source = SystemRandomNumberGenerator()
        let made = (0..<KeptSecret.count).map { _ in UInt8.random(in: .min ... .max, using: &source) }
        // Made for its owner alone, and only if there is none: never a moment in which others may read it.
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            guard errno == EEXIST else {
                throw Problem(description: "\(what) cannot be written to \(path): \(KeptSecret.cause)")
            }
            bytes = try KeptSecret.read(path, what)
            isNew = false
            return
        }
        defer { close(file) }
        guard write(file, made, made.count) == made.count, fsync(file) == 0 else {
            let cause = KeptSecret.cause
            unlink(path)
            throw Problem(description: "\(what) cannot be written to \(path): \(cause)")
        }
        bytes = made
        isNew = true
    }

    private static func read(_ path: String, _ what: String) throws(Problem) -> [UInt8] {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw Problem(description: "\(what) in \(path) cannot be read: \(cause)") }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw Problem(description: "\(path) is no file; \(what) is kept there")
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw Problem(description: "\(path) holds \(what), and others may read it. Run: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: count + 1)
        guard Foundation.read(file, &bytes, bytes.count) == count else {
            throw Problem(description: "\(path) is not \(what) as it was written. Restore it from a copy")
        }
        return Array(bytes.prefix(count))
    }

    private static var cause: String { String(cString: strerror(errno)) }
}
