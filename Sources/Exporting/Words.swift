internal import Budgeting

/// The words for what a receipt tells by number. Swift finds the name of a case anew each time, which costs more than the rest of a
/// line; so each is found once. Raw values are places in these lists.
extension CallDetails.Endpoint {
    private static let words = allCases.map { "\($0)" }
    var word: String { Self.words[Int(rawValue)] }
}

extension CallDetails.Moved {
    private static let words = allCases.map { "\($0)" }
    var word: String { Self.words[Int(rawValue)] }
}

extension Entry.Evidence {
    private static let words = allCases.map { "\($0)" }
    var word: String { Self.words[Int(rawValue)] }
}

extension Entry.Doubt {
    private static let words = allCases.map { "\($0)" }
    var word: String { Self.words[Int(rawValue)] }
}
