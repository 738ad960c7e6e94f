/// The models that can be priced, looked up by any of their names.
public struct Catalogue: Sendable {
    public private(set) var models: [Model] = []
    /// Names that an operator has given to models. They come before all others.
    public var aliases: [String: String] = [:]
    private var byName: [String: Int] = [:]
    private var byCanonicalName: [String: Int] = [:]
    private var byBareName: [String: [Int]] = [:]
    private var byShortName: [String: [Int]] = [:]

    public init(_ models: some Sequence<Model> = []) {
        for model in models { insert(model) }
    }

    /// Adds a model, or replaces the one of the same name.
    public mutating func insert(_ model: Model) {
        if let index = byName[model.name.text] {
            models[index] = model
        } else {
            byName[model.name.text] = models.count
            models.append(model)
        }
        let index = byName[model.name.text] ?? 0
        if let canonical = model.fullCanonicalName { byCanonicalName[canonical] = index }
        for name in [model.name.text, model.fullCanonicalName].compactMap(\.self) {
            let bare = Catalogue.bareName(name)
            if byBareName[bare]?.contains(index) != true { byBareName[bare, default: []].append(index) }
            let short = Catalogue.shortName(name)
            if byShortName[short]?.contains(index) != true { byShortName[short, default: []].append(index) }
        }
    }

    public mutating func remove(_ name: ModelName) {
        let (rest, aliases) = (models.filter { $0.name != name }, aliases)
        self = Catalogue(rest)
        self.aliases = aliases
    }

    public subscript(_ name: ModelName) -> Model? { byName[name.text].map { models[$0] } }

    /// The model that a client means: by the operator's alias, by name, by canonical name, or by a name that only one has
    /// without its author, or without author and date.
    public func resolve(_ text: String) -> Model? {
        let text = aliases[text] ?? text
        if let index = byName[text] ?? byCanonicalName[text] { return models[index] }
        let bare = byBareName[Catalogue.bareName(text)] ?? []
        let matches = bare.count == 1 ? bare : byShortName[Catalogue.shortName(text)] ?? []
        guard matches.count == 1 else { return nil }
        let model = models[matches[0]]
        // "other/gpt-5.2" names another author's model, not OpenAI's.
        guard !text.contains("/") || text.prefix(while: { $0 != "/" }) == model.author else { return nil }
        return model
    }

    /// Up to three names near to one that is not known, best first.
    public func suggestions(for text: String) -> [ModelName] {
        let wanted = Array(Catalogue.shortName(text).utf8)
        let near = models.map { model in
            (name: model.name, distance: editDistance(wanted, Array(Catalogue.shortName(model.name.text).utf8)))
        }
        return near.filter { $0.distance <= max(3, wanted.count / 3) }
            .sorted { ($0.distance, $0.name.text) < ($1.distance, $1.name.text) }
            .prefix(3).map(\.name)
    }

    /// Lower case, without the author.
    static func bareName(_ text: String) -> String {
        text.split(separator: "/", maxSplits: 1).last.map { $0.lowercased() } ?? text
    }

    /// Lower case, without the author and without a trailing date (`-20251211`, `-2025-12-11`).
    static func shortName(_ text: String) -> String {
        var slug = bareName(text)
        let variant = slug.firstIndex(of: ":").map { String(slug[$0...]) } ?? ""
        slug.removeLast(variant.count)
        let parts = slug.split(separator: "-")
        func isNumber(_ part: Substring, _ length: Int) -> Bool {
            part.utf8.count == length && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        if parts.count > 1, isNumber(parts[parts.count - 1], 8) {
            slug = parts.dropLast().joined(separator: "-")
        } else if parts.count > 3, isNumber(parts[parts.count - 1], 2), isNumber(parts[parts.count - 2], 2),
            isNumber(parts[parts.count - 3], 4)
        {
            slug = parts.dropLast(3).joined(separator: "-")
        }
        return slug + variant
    }
}

extension Model {
    /// The canonical name with the variant of the name. OpenRouter lists `a/b:free` and `a/b:batch` under the canonical
    /// name of `a/b`, which must keep meaning `a/b` alone.
    fileprivate var fullCanonicalName: String? {
        guard let canonical = canonicalName?.text else { return nil }
        guard !canonical.contains(":"), let variant = name.text.firstIndex(of: ":") else { return canonical }
        return canonical + name.text[variant...]
    }
}

/// Levenshtein's distance. Names are short; two rows are enough.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    guard !a.isEmpty, !b.isEmpty, a.count <= 128, b.count <= 128 else { return max(a.count, b.count) }
    var previous = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var current = [i + 1]
        for (j, y) in b.enumerated() {
            current.append(min(previous[j + 1] + 1, current[j] + 1, previous[j] + (x == y ? 0 : 1)))
        }
        previous = current
    }
    return previous[b.count]
}
