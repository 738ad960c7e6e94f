#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The right to a ledger file. At most one process has it, and within a process at most one store.
///
/// It is the kernel's lock (`flock`) on a file beside the ledger, so it ends with its process however that ends: a lock
/// file left by a dead process holds nothing and is taken over. The process id inside is for the message only. The file is
/// never removed, since removing it would let two processes lock two files of the same name.
final class LedgerLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock or refuses at once.
    ///
    /// - Parameter path: the ledger's path; the lock is `path.lock`. Give one path for one file, see ``LedgerFile``.
    /// - Throws: ``LedgerError/held(path:pid:)`` where somebody has it; ``LedgerError/unavailable(_:)`` where the lock file
    ///   cannot be opened, or the file system does not lock.
    init(path: String) throws(LedgerError) {
        let file = path + ".lock"
        // Close-on-exec: a child that inherited the descriptor would hold the lock beyond our end.
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unavailable("cannot open \(file): \(SystemError.last)") }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let error = SystemError.last
            if error.code == EINTR { continue }
            defer { close(descriptor) }
            guard error.code == EWOULDBLOCK else { throw .unavailable("cannot lock \(file): \(error)") }
            throw .held(path: path, pid: Self.pid(in: descriptor))
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let error = SystemError.last
            close(descriptor)
            throw .unavailable("cannot write \(file): \(error)")
        }
        self.descriptor = descriptor
    }

    deinit {
        ftruncate(descriptor, 0)
        // Said, not left to the closing: a child that is being started holds a copy of the descriptor until it runs.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func pid(in descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
    }
}

/// What the operating system said of the call before.
struct SystemError: CustomStringConvertible {
    let code: Int32

    static var last: SystemError { SystemError(code: errno) }

    var description: String { String(cString: strerror(code)) }
}
