import Foundation
import Testing

@testable import Ledger

struct LedgerLockTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func refusesASecondHolderAndNamesTheFirst() throws {
        let lock = try LedgerLock(path: scratch.ledger)
        let error = try requireError { _ = try LedgerLock(path: scratch.ledger) }
        #expect(error == .held(path: scratch.ledger, pid: ProcessInfo.processInfo.processIdentifier))
        withExtendedLifetime(lock) {}
    }

    @Test func canBeTakenAgainOnceItIsLetGo() throws {
        for _ in 0..<3 { _ = try LedgerLock(path: scratch.ledger) }
    }

    @Test(arguments: ["999999\n", "", "no number", String(repeating: "9", count: 400)])
    func takesOverAFileThatNobodyHolds(content: String) throws {
        try content.write(toFile: scratch.ledger + ".lock", atomically: false, encoding: .utf8)
        let lock = try LedgerLock(path: scratch.ledger)
        let error = try requireError { _ = try LedgerLock(path: scratch.ledger) }
        #expect(error == .held(path: scratch.ledger, pid: ProcessInfo.processInfo.processIdentifier))
        withExtendedLifetime(lock) {}
    }

    @Test func refusesAcrossProcesses() async throws {
        let lock = try LedgerLock(path: scratch.ledger)
        let pid = ProcessInfo.processInfo.processIdentifier
        await #expect(processExitsWith: .exitCode(7)) { [path = scratch.ledger as String, pid = pid as Int32] in
            guard case .held(_, pid) = try requireError({ _ = try LedgerLock(path: path) }) else { exit(1) }
            exit(7)
        }
        withExtendedLifetime(lock) {}
    }

    @Test func endsWithItsProcessEvenAKilledOne() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = scratch.ledger as String] in
            let lock = try LedgerLock(path: path)
            kill(getpid(), SIGKILL)
            withExtendedLifetime(lock) {}
        }
        _ = try LedgerLock(path: scratch.ledger)
    }

    @Test func isNotInheritedByAChild() throws {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/sleep")
        child.arguments = ["30"]
        child.standardOutput = FileHandle.nullDevice
        child.standardError = FileHandle.nullDevice
        do {
            let lock = try LedgerLock(path: scratch.ledger)
            try child.run()
            withExtendedLifetime(lock) {}
        }
        defer {
            kill(child.processIdentifier, SIGKILL)
            child.waitUntilExit()
        }
        #expect(child.isRunning)
        _ = try LedgerLock(path: scratch.ledger)
    }

    @Test func saysWhenTheLockFileCannotBeMade() throws {
        let error = try requireError { _ = try LedgerLock(path: scratch.directory + "/missing/ledger.db") }
        #expect(error.isUnavailable)
        #expect("\(error)".contains("No such file"))
    }
}
