import Synchronization

/// The values that a label may take: the first so many names that come, each as itself; all later ones together as `other`.
///
/// A name that came in time stays itself for as long as the process runs.
final class BoundedNames: Sendable {
    static let other = "other"

    private let most: Int
    private let known = Mutex<Set<String>>([])

    init(most: Int) {
        self.most = most
    }

    func bounded(_ name: String) -> String {
        known.withLock { known in
            if known.contains(name) { return name }
            guard known.count < most else { return BoundedNames.other }
            known.insert(name)
            return name
        }
    }
}
