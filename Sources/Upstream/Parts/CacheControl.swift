import Pricing

/// What a request says of prompt caches.
enum CacheControl {
    /// - Throws: ``RequestProblem`` for a lifetime whose price is not known.
    static func check(_ control: JSONValue, _ param: String) throws(RequestProblem) {
        guard let lifetime = control["ttl"], !lifetime.isNull else { return }
        guard let text = lifetime.string, text == "5m" || text == "1h" else {
            throw .unbounded("\(param).ttl", "only \"5m\" and \"1h\" have prices")
        }
    }

    /// Looks for `cache_control` wherever it may stand, so that no place can be forgotten. One that says more than a type and
    /// five minutes counts as an hour; so do the fields that set a cache's life for the whole request.
    static func asked(in document: JSONDocument) -> Demand.Caching {
        let root = document.root
        for name in ["prompt_cache_options", "prompt_cache_retention"] {
            if let options = root[name], !options.isNull { return .askedForAnHour }
        }
        var asked = Demand.Caching.unasked
        document.forEachMember(named: "cache_control") { control in
            guard !control.isNull else { return }
            let isShort = control.members.allSatisfy { $0.key == "type" || $0.key == "ttl" && $0.value.string == "5m" }
            asked = max(asked, isShort ? .asked : .askedForAnHour)
        }
        return asked
    }
}

extension JSONDocument {
    /// Every member of this name, in whatever object.
    func forEachMember(named name: StaticString, _ body: (JSONValue) -> Void) {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let nodes = nodes
        bytes.withUnsafeBufferPointer { bytes in
            for index in nodes.indices where nodes[index].kind == .object {
                var key = index + 1
                while key < Int(nodes[index].next) {
                    if JSONDocument.isKey(nodes[key], wanted, in: bytes) {
                        body(JSONValue(document: self, index: key + 1))
                    }
                    key = Int(nodes[key + 1].next)
                }
            }
        }
    }
}
