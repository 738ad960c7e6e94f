import Ledger
import Pricing

/// What a key says of whom a call is for.
extension Caller {
    /// The tenant is the key's, or another one that it may act for.
    static func attribution(
        _ own: Attribution, namesTenant: Bool, with grant: KeyGrant
    ) throws(Refusal) -> Attribution {
        var attribution = own
        if !namesTenant { attribution.tenant = grant.tenant }
        guard grant.mayActFor(attribution.tenant) else {
            throw Refusal(
                403, "permission_error", "tenant_not_allowed",
                """
                Key '\(grant.key)' may not act for tenant '\(attribution.tenant)'. It is a key of '\(grant.tenant)': \
                leave X-Tenant-Id out.
                """)
        }
        attribution.key = grant.key
        attribution.tags = grant.tags(with: own.tags)
        guard attribution.tags.count <= mostTags else {
            throw .invalid(
                "invalid_tags", param: "X-Bursar-Tags",
                "A call has up to \(mostTags) tags, and key '\(grant.key)' brings \(grant.tags.count) of its own.")
        }
        return attribution
    }

    /// Where the key asks for it, a call says who its user is and to which run it belongs.
    func checkScope() throws(Refusal) {
        guard let grant else { return }
        if grant.needsUser, attribution.user == nil {
            throw .invalid(
                "missing_scope", param: "X-Bursar-User",
                "Key '\(grant.key)' serves no call without a user. Send X-Bursar-User, or 'user' in the body.")
        }
        if grant.needsRun, attribution.run == nil {
            throw .invalid(
                "missing_scope", param: "X-Bursar-Run",
                "Key '\(grant.key)' serves no call without a run. Send X-Bursar-Run, or 'session_id' in the body.")
        }
    }
}

extension Caller {
    /// Whether its key and its tenant may both use the model.
    func mayUse(_ model: ModelName) -> Bool {
        (grant?.mayUse(model: model.text) ?? true) && rules.mayUse(model.text)
    }

    fileprivate func notAllowed(_ model: ModelName) -> Refusal {
        let (who, models) =
            if let grant, !grant.mayUse(model: model.text) {
                ("Key '\(grant.key)'", grant.models)
            } else {
                ("Tenant '\(tenant)'", rules.models)
            }
        return Refusal(
            403, "permission_error", "model_not_allowed", param: "model",
            "\(who) may not use '\(model)'. It may use: \(models.joined(separator: ", ")).")
    }
}

extension RoutePlan {
    /// Leaves out what the caller's key or tenant may not use.
    ///
    /// - Throws: ``Refusal`` 403 where that is the model asked for.
    mutating func restrict(to caller: Caller) throws(Refusal) {
        guard caller.grant != nil || !caller.rules.models.isEmpty else { return }
        // Those that upstream may turn to by itself (`models`) are asked for as well.
        for asked in [hops[0].model.name] + hops[0].fallbacks where !caller.mayUse(asked) {
            throw caller.notAllowed(asked)
        }
        hops.removeAll { !caller.mayUse($0.model.name) }
    }
}
