public import Budgeting
import ExactMoney
import Gateway
import Ledger

/// What a text has to look like. The pattern stands in the document, and the check obeys the same words.
enum TextRule: Hashable, Sendable {
    /// Any text of so many characters.
    case plain(ClosedRange<Int>)
    /// A tenant's id, and what keys are called.
    case name
    case money
    case cap
    case signedMoney
    /// Of the hash chain: `17:9f86d0…`.
    case head
    /// A call by the id that its client was told.
    case request
    /// Without a path, and not hidden.
    case fileName
    case instant
    case tag
    /// Whose a budget is: `global`, `tenant:acme`, `user:*`.
    case scope
    /// What a header may hold, within 255 bytes.
    case header
    /// At most eight of `name=value`, with commas between.
    case tags
    /// An amount above zero.
    case someMoney
    /// Some of these words, with commas between.
    case someOf([String])
    case modelPattern
    case oneOf([String])
    /// A name, or this sign.
    case oneOfOrName(String)

    private static let namePattern = "[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}"
    private static let moneyPattern = "[0-9]{1,9}(\\.[0-9]{1,18})?"
    private static let tagPattern = "[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}"

    /// Users and runs are named by anything that can be shown.
    private static let scopePattern =
        "(global|(tenant|group|key):(\\*|\(namePattern))|(user|run):(\\*|\(namePattern)/[^\\x00-\\x1f\\x7f]{1,128})"
        + "|tag:\(tagPattern)=(\\*|\(tagPattern)))"

    /// The rule in JSON Schema.
    var json: [(String, String)] {
        switch self {
        case .plain(let range):
            [("minLength", "\(range.lowerBound)"), ("maxLength", "\(range.upperBound)")]
        case .name: TextRule.pattern(TextRule.namePattern)
        case .money: TextRule.pattern(TextRule.moneyPattern)
        case .cap: TextRule.pattern("(none|\(TextRule.moneyPattern))")
        case .signedMoney: TextRule.pattern("-?\(TextRule.moneyPattern)")
        case .head: TextRule.pattern("[0-9]{1,18}:[0-9a-f]{64}")
        case .request: TextRule.pattern("(req-)?[0-9]{1,18}")
        case .fileName: TextRule.pattern("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
        case .instant:
            TextRule.pattern(
                "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z"
            )
        case .tag: TextRule.pattern("\(TextRule.tagPattern)=\(TextRule.tagPattern)")
        case .scope: TextRule.pattern(TextRule.scopePattern)
        case .header: TextRule.pattern("[!-~]([ -~]{0,253}[!-~])?")
        case .tags:
            TextRule.pattern(
                "\(TextRule.tagPattern)=\(TextRule.tagPattern)(,\(TextRule.tagPattern)=\(TextRule.tagPattern)){0,7}")
        case .someMoney: TextRule.pattern("(?![0.]*$)\(TextRule.moneyPattern)")
        case .someOf(let words):
            TextRule.pattern("(\(words.joined(separator: "|")))(,(\(words.joined(separator: "|"))))*")
        case .modelPattern: TextRule.pattern("[A-Za-z0-9~][A-Za-z0-9._:/~-]{0,126}\\*?")
        case .oneOf(let words): [("enum", jsonArray(words.map(quoted)))]
        case .oneOfOrName(let sign): TextRule.pattern("(\\\(sign)|\(TextRule.namePattern))")
        }
    }

    /// What is expected, for a person.
    var expectation: String {
        switch self {
        case .plain(let range): "a text of \(range.lowerBound) to \(range.upperBound) characters"
        case .name: "1 to 128 of A-Z a-z 0-9 . _ : @ -, beginning with a letter or digit"
        case .money: "an amount of USD as text, such as \"5\" or \"0.25\""
        case .cap: "an amount of USD as text, such as \"5\", or \"none\""
        case .signedMoney: "an amount of USD as text, such as \"-1.50\""
        case .head: "a head of the hash chain, such as 17:9f86d0…"
        case .request: "a call's id, such as req-12"
        case .fileName: "a file's name of letters, digits, . _ -, without a path"
        case .instant: "a time such as 2026-11-24T00:00:00Z"
        case .tag: "a tag such as feature=search"
        case .scope:
            "global, tenant:acme, group:…, key:…, user:acme/anna, run:acme/nightly, tag:feature=search, or * for each"
        case .header: "1 to 255 characters that a header may hold"
        case .tags: "up to eight of name=value, with commas between"
        case .someMoney: "an amount of USD above zero as text, such as \"0.25\""
        case .someOf(let words): "some of \(words.joined(separator: ", ")), with commas between"
        case .modelPattern: "a model's name, or the beginning of names before a *"
        case .oneOf(let words): "one of " + words.joined(separator: ", ")
        case .oneOfOrName(let sign): "a name, or \(sign)"
        }
    }

    func admits(_ text: String) -> Bool {
        switch self {
        case .plain(let range): range.contains(text.unicodeScalars.count) && !text.unicodeScalars.contains("\u{0}")
        case .name: isTenant(text)
        case .money: Money(admitting: text) != nil
        case .cap: text == "none" || Money(admitting: text) != nil
        case .signedMoney: Money(signed: text) != nil
        case .head:
            text.utf8.count <= 83 && text.utf8.allSatisfy { $0 == 0x3A || TextRule.isHexadecimal($0) }
                && LedgerHead(text) != nil
        case .request: TextRule.isRequest(text)
        case .fileName:
            (1...100).contains(text.utf8.count) && !text.hasPrefix(".")
                && text.utf8.allSatisfy { TextRule.isPlain($0) || "._-".utf8.contains($0) }
        case .instant: Instant(rfc3339: text) != nil
        case .tag:
            text.split(separator: "=", omittingEmptySubsequences: false).count == 2
                && text.split(separator: "=").allSatisfy { TextRule.isTagPart(String($0)) }
        case .header: (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        case .tags:
            text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { TextRule.tag.admits(String($0)) }
        case .someMoney: (Money(admitting: text) ?? .zero) > .zero
        case .scope: BudgetSetting.Scope(text).map(TextRule.isScope) ?? false
        case .someOf(let words):
            text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { words.contains(String($0)) }
        case .modelPattern: TextRule.isModelPattern(text)
        case .oneOf(let words): words.contains(text)
        case .oneOfOrName(let sign): text == sign || isTenant(text)
        }
    }

    private static func isModelPattern(_ text: String) -> Bool {
        let stem = text.hasSuffix("*") ? text.dropLast() : text[...]
        guard let first = stem.utf8.first, stem.utf8.count <= 127 else { return false }
        return (isPlain(first) || first == 0x7E) && stem.utf8.allSatisfy { isPlain($0) || "._:/~-".utf8.contains($0) }
    }

    private static func isRequest(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(text.hasPrefix("req-") ? 4 : 0)
        return (1...18).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isTagPart(_ text: String) -> Bool { isTenant(text) && text.utf8.count <= 64 }

    private static func isScope(_ scope: BudgetSetting.Scope) -> Bool {
        func isShown(_ name: String) -> Bool {
            name.unicodeScalars.count <= 128 && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }
        return switch scope {
        case .global, .everyTenant, .everyGroup, .everyKey: true
        case .tenant(let name), .group(let name), .key(let name): isTenant(name)
        case .everyUser(let tenant), .everyRun(let tenant): tenant.map(isTenant) ?? true
        case .user(let name, let tenant), .run(let name, let tenant): isTenant(tenant) && isShown(name)
        case .everyTag(let name): isTagPart(name)
        case .tag(let tag): isTagPart(tag.name) && isTagPart(tag.value)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func pattern(_ pattern: String) -> [(String, String)] { [("pattern", quoted("^\(pattern)$"))] }
}

extension Money {
    /// Digits, at most nine before and eighteen after the point; nil for anything else. Rounded down to a nanodollar.
    init?(admitting text: String) {
        let parts = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
            (1...9).contains(parts[0].count), parts.count == 1 || (1...18).contains(parts[1].count),
            let money = try? Money(usd: text, rounding: .down)
        else { return nil }
        self = money
    }
}

extension Money {
    /// As ``init(admitting:)``, with a minus before it where it takes away.
    init?(signed text: String) {
        guard let money = Money(admitting: text.hasPrefix("-") ? String(text.dropFirst()) : text) else { return nil }
        self = text.hasPrefix("-") ? Money(nanodollars: -money.nanodollars) : money
    }
}

extension Instant {
    /// A time in UTC as ``rfc3339`` writes it, with or without a fraction of the second; nil for anything else.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            let digits = bytes[range]
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        let marks = [4: "-", 7: "-", 10: "T", 13: ":", 16: ":"] as [Int: Unicode.Scalar]
        guard marks.allSatisfy({ bytes[$0.key] == UInt8(ascii: $0.value) }), let year = number(0..<4),
            let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (2000...2099).contains(year),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let fraction = bytes[19..<(bytes.count - 1)]
        guard
            fraction.isEmpty
                || fraction.first == UInt8(ascii: ".") && (2...10).contains(fraction.count)
                    && number((fraction.startIndex + 1)..<fraction.endIndex) != nil
        else { return nil }
        let thousandths = (fraction.dropFirst().map { Int64($0 - 0x30) } + [0, 0, 0]).prefix(3).reduce(0) {
            $0 * 10 + $1
        }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        self.init(milliseconds: (days * 86_400 + hour * 3600 + minute * 60 + second) * 1000 + thousandths)
    }
}
