import Synchronization

/// Some counts side by side in memory, each counted on its own.
struct AtomicCounts: ~Copyable, @unchecked Sendable {
    // Unchecked because of the pointer: it never changes, and what it points at is atomic. An `InlineArray` of atomics would do
    // without, but on macOS it needs a newer system than the rest.
    private let counts: UnsafeMutableBufferPointer<Atomic<UInt64>>

    init(_ count: Int) {
        counts = .allocate(capacity: count)
        for index in 0..<count { counts.initializeElement(at: index, to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize().deallocate()
    }

    var count: Int { counts.count }

    subscript(index: Int) -> UInt64 { counts[index].load(ordering: .relaxed) }

    func increment(_ index: Int) { counts[index].wrappingAdd(1, ordering: .relaxed) }
}
