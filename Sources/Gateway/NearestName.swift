/// The known name that a person most likely meant by a misspelled one.
public enum NearestName {
    /// A longer name is not compared: the work is the product of both lengths.
    private static let maximumLength = 64

    /// The closest of `known`, ignoring case; nil if none is close.
    ///
    /// Close means at most a third of the name's letters, and at most three, are added, left out, replaced or swapped with
    /// their neighbour. Of two that are as close, the first in alphabetical order is returned.
    public static func of(_ name: String, among known: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8)
        guard !wanted.isEmpty, wanted.count <= maximumLength else { return nil }
        let close = known.compactMap { candidate -> (name: String, distance: Int)? in
            let other = Array(candidate.lowercased().utf8)
            guard abs(other.count - wanted.count) <= 3, other.count <= maximumLength else { return nil }
            return (candidate, distance(wanted, other))
        }
        return close.filter { $0.distance <= min(3, max(1, wanted.count / 3)) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// `Did you mean 'daily'? `, or nothing; then `Known: daily, monthly.`
    public static func hint(for name: String, among known: [String]) -> String {
        let nearest = of(name, among: known).map { "Did you mean '\($0)'? " } ?? ""
        return known.isEmpty ? nearest : "\(nearest)Known: \(known.joined(separator: ", "))."
    }

    /// Edits between two texts, a swap of neighbours counting as one (optimal string alignment).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for (row, letter) in a.enumerated() {
            var current = [row + 1]
            for (column, other) in b.enumerated() {
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == b[column - 1], a[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[b.count]
    }
}
