/// Names as Prometheus takes them: ASCII letters, digits and `_`, no digit first.
/// https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
enum MetricName {
    /// - Parameter ending: what the kind of metric asks for; not written twice.
    static func text(_ label: String, ending: String = "") -> String {
        let name = plain(label)
        return name.hasSuffix(ending) ? name : name + ending
    }

    /// As ``text(_:ending:)``, but clear of the names that Prometheus keeps to itself: `le` and `__…`.
    static func label(_ text: String) -> String {
        let name = plain(text)
        if name == "le" { return "le_" }
        return name.hasPrefix("__") ? "label" + name : name
    }

    private static func plain(_ text: String) -> String {
        let name = String(text.unicodeScalars.map { isAllowed($0) ? Character($0) : "_" })
        guard let first = name.first else { return "_" }
        return first.isNumber ? "_" + name : name
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}
