import Budgeting
import ExactMoney
import Gateway
import Upstream

extension SettingsReader {
    /// Holds for tenants that name no other.
    static let defaultPolicy = "default"

    /// `{"strict":{"downgrade":"never","maxUsd":0.1}}`: rules that tenants take by name.
    func policies(_ variable: String) throws -> [String: Policy] {
        let example = #"JSON such as {"strict":{"downgrade":"never","maxUsd":0.1}}"#
        var policies: [String: Policy] = [:]
        for one in try table(variable, expected: example) {
            var policy = Policy()
            for part in try parts(one.value, one.spot, expected: example) {
                switch part.name {
                case "downgrade":
                    policy.mayDowngrade = try choice(part.value, part.spot, ["allow", "never"]) == "allow"
                case "maxUsd": policy.maxCall = try amount(part.value, part.spot)
                case "chain": policy.chain = try texts(part.value, part.spot, of: "models")
                case "mode": policy.observes = try choice(part.value, part.spot, ["enforce", "observe"]) == "observe"
                default:
                    throw SettingsProblem(unknown: part, among: ["downgrade", "maxUsd", "chain", "mode"])
                }
            }
            policies[one.name] = policy
        }
        return policies
    }

    /// `{"openai/gpt-5.2":["openai/gpt-5-mini"]}`: for calls of a model its own chain in place of the one for all.
    func chains(_ variable: String) throws -> [String: [String]] {
        let example = #"JSON such as {"openai/gpt-5.2":["openai/gpt-5-mini"]}"#
        return try table(variable, expected: example).reduce(into: [:]) { chains, one in
            chains[one.name] = try texts(one.value, one.spot, of: "models")
        }
    }
}
