public import ExactMoney

/// What upstream says each model came to on each day: `GET /activity`, for management keys, of days that are over (UTC).
public struct ActivityReport: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        public let day: String
        public let model: String
        /// Own provider keys included.
        public let cost: Money
        public let requests: Int64
    }

    public let lines: [Line]

    public init?(_ bytes: [UInt8]) {
        guard let data = (try? JSONDocument(bytes))?.root["data"], data.kind == .array else { return nil }
        var lines: [Line] = []
        for row in data.elements {
            guard let day = row["date"]?.string, let model = row["model"]?.string,
                let cost = KeyStatus.sum(row, "usage", "byok_usage_inference")
            else { return nil }
            lines.append(
                Line(day: String(day.prefix(10)), model: model, cost: cost, requests: row["requests"]?.integer ?? 0))
        }
        self.lines = lines
    }
}
