extension FaultPlan: Decodable {
    private enum CodingKeys: CodingKey {
        case rules
        case seed
        case delayMs
        case generationDelayMs
    }

    private enum PaceKeys: CodingKey {
        case first
        case between
    }

    /// Reads `{"rules":[{"fault","model","times","percent"}],"seed":1,"delayMs":{"first":0,"between":2},
    /// "generationDelayMs":2000}`, of which
    /// everything but a rule's fault may be left out.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        var pace = Pace()
        if container.contains(.delayMs) {
            let delays = try container.nestedContainer(keyedBy: PaceKeys.self, forKey: .delayMs)
            pace.first = max(0, try delays.decodeIfPresent(Int.self, forKey: .first) ?? pace.first)
            pace.between = max(0, try delays.decodeIfPresent(Int.self, forKey: .between) ?? pace.between)
        }
        self.init(
            rules: try container.decodeIfPresent([Rule].self, forKey: .rules) ?? [],
            seed: try container.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1,
            pace: pace,
            generationDelayMilliseconds: max(
                0, try container.decodeIfPresent(Int64.self, forKey: .generationDelayMs) ?? 2_000))
    }

    /// The plan as it stands: `times` are those that are left.
    var json: JSON {
        [
            "rules": .array(rules.map(\.json)),
            "seed": .integer(seed),
            "delayMs": ["first": .integer(pace.first), "between": .integer(pace.between)],
            "generationDelayMs": .integer(generationDelayMilliseconds),
        ]
    }
}

extension FaultPlan.Rule {
    fileprivate var json: JSON {
        var members = [JSON.Member(key: "fault", value: .string(fault.rawValue))]
        if let model { members.append(JSON.Member(key: "model", value: .string(model))) }
        if let times { members.append(JSON.Member(key: "times", value: .integer(times))) }
        if let percent { members.append(JSON.Member(key: "percent", value: .integer(percent))) }
        return .object(members)
    }
}
