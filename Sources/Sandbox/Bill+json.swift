import ExactMoney

extension Bill {
    /// Our own account of things; money as decimal strings, as everywhere in Bursar.
    var json: JSON {
        [
            "totalUsd": .string(all.total.usd),
            "calls": .integer(all.calls),
            "inFlight": .integer(running),
            "refused": .integer(refused),
            "byModel": .object(
                byModel.sorted { $0.key < $1.key }.map { JSON.Member(key: $0.key, value: $0.value.json) }),
        ]
    }

    /// ``json`` and every record that is still kept.
    var jsonWithRecords: JSON {
        guard case .object(let members) = json else { return json }
        return .object(members + [JSON.Member(key: "records", value: .array(records.map(\.billed)))])
    }

    /// OpenRouter's `GET /key`: credits that were taken, all told, this day and this month (UTC).
    func key(at moment: Moment) -> JSON {
        func credits(_ prefix: Substring) -> JSON {
            .usd(creditsByDay.filter { $0.key.hasPrefix(prefix) }.values.reduce(.zero, +))
        }
        func ownKeys(_ prefix: Substring) -> JSON {
            .usd(ownKeysByDay.filter { $0.key.hasPrefix(prefix) }.values.reduce(.zero, +))
        }
        return [
            "data": [
                "label": "sandbox",
                "limit": nil,
                "limit_remaining": nil,
                "usage": credits(""),
                "usage_daily": credits(moment.day[...]),
                "usage_monthly": credits(moment.day.prefix(7)),
                "byok_usage": .usd(ownKeyTotal),
                "byok_usage_daily": ownKeys(moment.day[...]),
                "byok_usage_monthly": ownKeys(moment.day.prefix(7)),
                "is_free_tier": false,
            ]
        ]
    }
}

extension Bill {
    /// OpenRouter's `GET /activity`, but for the day that is not over: ours shows it too, so that a test need not wait.
    var activity: JSON {
        var rows: [JSON] = []
        for (day, models) in byDayAndModel.sorted(by: { $0.key < $1.key }) {
            for (model, activity) in models.sorted(by: { $0.key < $1.key }) {
                rows.append([
                    "date": .string(day), "model": .string(model), "provider_name": "Sandbox",
                    "usage": .usd(activity.credits), "byok_usage_inference": .usd(activity.ownKeys),
                    "requests": .integer(activity.sum.calls), "prompt_tokens": .integer(activity.sum.promptTokens),
                    "completion_tokens": .integer(activity.sum.completionTokens), "reasoning_tokens": 0,
                ])
            }
        }
        return ["data": .array(rows)]
    }
}

extension Bill.Sum {
    fileprivate var json: JSON {
        [
            "calls": .integer(calls),
            "promptTokens": .integer(promptTokens),
            "completionTokens": .integer(completionTokens),
            "totalUsd": .string(total.usd),
        ]
    }
}

extension Record {
    fileprivate var billed: JSON {
        [
            "id": .string(id),
            "model": .string(model),
            "costUsd": .string((outcome?.charge.total ?? .zero).usd),
            "status": .string(status.rawValue),
            "promptTokens": .integer(promptTokens),
            "completionTokens": .integer(outcome?.completionTokens ?? 0),
        ]
    }
}
