#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A ledger's file on disk, by the one path that all links to it lead to.
///
/// A ledger file is whole or not there: it is made under another name and renamed. So an empty file was never a ledger of
/// ours, and taking it for a new one would forget every balance.
struct LedgerFile {
    enum Presence {
        case missing
        case present
    }

    let path: String

    /// - Throws: ``LedgerError/unavailable(_:)`` where the directory is missing.
    init(path: String) throws(LedgerError) {
        if let resolved = Self.resolved(path) {
            self.path = resolved
            return
        }
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !name.isEmpty, let resolved = Self.resolved(directory) else {
            throw .unavailable("directory \(directory) of \(path): \(SystemError.last)")
        }
        self.path = resolved == "/" ? "/\(name)" : "\(resolved)/\(name)"
    }

    /// The write-ahead log, which SQLite keeps beside the file and removes on a clean close.
    var logPath: String { path + "-wal" }

    /// Where a new ledger is made.
    var draftPath: String { path + ".new" }

    /// - Throws: ``LedgerError/damaged(_:)`` where a part of a ledger is there, but not all of it.
    func presence() throws(LedgerError) -> Presence {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_size > 0 else {
                throw .damaged("\(path) is empty; if no ledger was ever there, remove the file and start again")
            }
            return .present
        }
        let error = SystemError.last
        guard error.code == ENOENT else { throw .unavailable("\(path): \(error)") }
        guard stat(logPath, &status) != 0 else { throw .damaged("\(logPath) is there, but \(path) is missing") }
        return .missing
    }

    /// Flushes a log that an earlier process left. What is read from it could otherwise still be in memory only.
    ///
    /// - Throws: ``LedgerError/unavailable(_:)`` where it cannot be opened. A failed flush goes to `syncFailed`.
    func syncLog(syncFailed: (String) -> Never) throws(LedgerError) {
        // SQLite has no lock on the log itself; closing this descriptor loses none (unlike one of the ledger file).
        let descriptor = open(logPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let error = SystemError.last
            if error.code == ENOENT { return }
            throw .unavailable("cannot open \(logPath): \(error)")
        }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { syncFailed("\(logPath): \(SystemError.last)") }
    }

    /// Clears what an interrupted start left of a draft.
    func removeDraft() {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draftPath + suffix) }
    }

    /// Flushes a draft that was written without a flush.
    func syncDraft() throws(LedgerError) {
        let descriptor = open(draftPath, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unavailable("cannot open \(draftPath): \(SystemError.last)") }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw .unavailable("cannot flush \(draftPath): \(SystemError.last)") }
    }

    /// Gives the closed draft the ledger's name, durably.
    func adoptDraft(syncFailed: (String) -> Never) throws(LedgerError) {
        guard rename(draftPath, path) == 0 else { throw .unavailable("cannot name \(path): \(SystemError.last)") }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "/"
        let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unavailable("cannot open \(directory): \(SystemError.last)") }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { syncFailed("\(directory): \(SystemError.last)") }
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
