import Synchronization

/// What is counted under one set of labels: a number, or a histogram.
protocol Series: AnyObject, Sendable {
    static var kind: Exposition.Kind { get }
    /// - Parameter labels: as they stand in the text, without braces.
    func write(_ name: String, _ labels: String, to text: inout Exposition)
}

/// A family without its type of series: as much as the text needs.
protocol FamilyText: Sendable {
    var name: String { get }
    func write(to text: inout Exposition)
}

/// The series of one name. There are at most so many; what comes later is counted together, under `other` in every label, so
/// that sums stay true and no caller can fill the memory.
final class Family<Member: Series>: FamilyText {
    let name: String
    private let help: String
    private let most: Int
    private let make: @Sendable () -> Member
    /// By their labels, as those stand in the text.
    private let members = Mutex<[String: Member]>([:])

    init(_ name: String, help: String, most: Int = 50_000, make: @escaping @Sendable () -> Member) {
        self.name = name
        self.help = help
        self.most = most
        self.make = make
    }

    /// The series with these labels. Takes a lock; keep what it returns.
    func series(_ labels: [(name: String, value: String)] = []) -> Member {
        let text = Exposition.labels(labels)
        return members.withLock { members in
            if let known = members[text] { return known }
            guard members.count < most else {
                let other = Exposition.labels(labels.map { ($0.name, BoundedNames.other) })
                return member(other, of: &members)
            }
            return member(text, of: &members)
        }
    }

    private func member(_ labels: String, of members: inout [String: Member]) -> Member {
        if let known = members[labels] { return known }
        let made = make()
        members[labels] = made
        return made
    }

    func write(to text: inout Exposition) {
        text.begin(name, Member.kind, help: help)
        let members = members.withLock { $0 }
        let sorted = [String](members.keys).sorted()
        for labels in sorted { members[labels]?.write(name, labels, to: &text) }
    }
}
