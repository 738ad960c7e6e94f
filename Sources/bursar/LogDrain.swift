import Dispatch
import Foundation
import Synchronization

/// Takes log lines from any thread and writes them to standard error from one of its own, so that no event loop ever waits for
/// a terminal or a collector that does not read.
///
/// The queue has a bound of 4 MiB. Beyond it lines are dropped, and the next line that fits is preceded by one that says how many.
final class LogDrain: Sendable {
    /// Where all loggers of the process write.
    static let standardError: LogDrain = {
        let drain = LogDrain { bytes in bytes.withUnsafeBytes { LogDrain.writeAll($0, to: STDERR_FILENO) } }
        atexit { LogDrain.standardError.flush(within: 1) }
        return drain
    }()

    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        /// Lines taken and lines written; equal when all is out.
        var taken: UInt64 = 0
        var written: UInt64 = 0
        var isAwake = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let sink: @Sendable ([UInt8]) -> Void
    private let mostBytes: Int
    /// Lines gather for so long before they are written together: waking a thread for each costs more than the line.
    private static let gatherSeconds = 0.002

    init(mostBytes: Int = 4 << 20, to sink: @escaping @Sendable ([UInt8]) -> Void) {
        self.mostBytes = mostBytes
        self.sink = sink
        let thread = Thread { [self] in run() }
        thread.name = "log"
        thread.start()
    }

    func write(_ line: [UInt8]) {
        let wakes = state.withLock { state -> Bool in
            guard state.waiting.count + line.count <= mostBytes else {
                state.dropped += 1
                return false
            }
            if state.dropped > 0 {
                state.waiting += "bursar: \(state.dropped) log lines were dropped, standard error was not read\n".utf8
                state.dropped = 0
            }
            state.waiting += line
            state.taken += 1
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if wakes { wake.signal() }
    }

    /// Waits until what was taken is written, `seconds` at most. The end of the process does it.
    func flush(within seconds: Double) {
        let end = DispatchTime.now() + seconds
        let taken = state.withLock(\.taken)
        while state.withLock({ $0.written < taken }), DispatchTime.now() < end { Thread.sleep(forTimeInterval: 0.001) }
    }

    private func run() {
        while true {
            wake.wait()
            Thread.sleep(forTimeInterval: LogDrain.gatherSeconds)
            let (bytes, taken) = state.withLock { state in
                defer {
                    state.waiting = []
                    state.isAwake = false
                }
                return (state.waiting, state.taken)
            }
            if !bytes.isEmpty { sink(bytes) }
            state.withLock { $0.written = taken }
        }
    }

    /// All bytes, or none of the rest once nobody listens any more.
    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 {
                guard errno == EINTR || errno == EAGAIN else { return }
                if errno == EAGAIN { Thread.sleep(forTimeInterval: 0.005) }
                continue
            }
            rest = rest.dropFirst(count)
        }
    }
}
