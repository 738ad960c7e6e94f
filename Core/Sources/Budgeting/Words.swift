/// The words for what a receipt tells by number: the names of the cases. Swift finds such a name anew each time, which costs more than
/// the rest of a line; so each is found once. Raw values are places in these lists.
extension CallDetails.Endpoint {
    private static let words = allCases.map { "\($0)" }
    public var word: String { Self.words[Int(rawValue)] }
}

extension CallDetails.Moved {
    private static let words = allCases.map { "\($0)" }
    public var word: String { Self.words[Int(rawValue)] }
}

extension Entry.Evidence {
    private static let words = allCases.map { "\($0)" }
    public var word: String { Self.words[Int(rawValue)] }
}

extension Entry.Doubt {
    private static let words = allCases.map { "\($0)" }
    public var word: String { Self.words[Int(rawValue)] }
}
