import Budgeting
import BundledCatalogue
import ExactMoney
import Foundation
import Gateway
import Ledger
import NIOCore
import Pricing
import Upstream

/// What is wrong with settings beyond how they are written: models without a price, secrets that are not there.
struct ConfigFindings {
    /// A gateway would not start.
    var problems: [String] = []
    /// It would, and perhaps not do what is meant.
    var warnings: [String] = []

    enum List {
        case bundled
        case upstreams
    }

    /// What is allowed and is probably not meant: names in `.env` that nothing reads, a day's cap above its month's.
    mutating func lookForSlips(_ configuration: Configuration) {
        warnings += configuration.unknownNames
        let caps = configuration.settings.caps
        func compare(_ day: Cap?, _ month: Cap?, _ scope: BudgetSetting.Scope) {
            guard let day = day?.limit, let month = month?.limit, day > month else { return }
            let address = BudgetAddress(scope, .day)
            let place = caps.places[address]?.description ?? "\(address)"
            warnings.append(
                "\(place): the day's cap of $\(day) is above the month's of $\(month), which is reached first")
        }
        compare(caps.everyTenantDaily, caps.everyTenantMonthly, .everyTenant)
        compare(caps.globalDaily, caps.globalMonthly, .global)
        for (tenant, own) in caps.tenants.sorted(by: { $0.key < $1.key }) {
            compare(own[.day] ?? caps.everyTenantDaily, own[.month] ?? caps.everyTenantMonthly, .tenant(tenant))
        }
    }

    mutating func lookForSecrets(_ configuration: Configuration) {
        problems += configuration.withKeys().1
        if configuration.settings.upstreamKey == nil {
            warnings.append("OPENROUTER_API_KEY is not set; serve needs it, or --sandbox")
        }
        let values = configuration.values
        if let path = values["SMTP_CA_FILE"], !FileManager.default.isReadableFile(atPath: path) {
            let problem = SettingsProblem("SMTP_CA_FILE", "names the file \(path), which cannot be read")
            problems.append(configuration.text(problem))
        }
    }

    /// Models that serve calls, and those that tenants may use.
    mutating func lookUpModels(_ configuration: Configuration, _ list: List) async throws {
        let settings = configuration.settings
        let (catalogue, wrong) = settings.ownPrices.laid(over: try await models(settings, list))
        problems += wrong.map(configuration.text)
        let unpriced = settings.unpriced(in: catalogue).map(configuration.text)
        switch list {
        case .upstreams: problems += unpriced
        case .bundled:
            warnings += unpriced.map { "\($0) (in the list of \(BundledCatalogue.captured); --live asks upstream)" }
        }
        warnings += settings.unmatched(in: catalogue).map(configuration.text)
    }

    private mutating func models(_ settings: Settings, _ list: List) async throws -> Catalogue {
        let bundled = try PriceSource.bundled()
        guard list == .upstreams, settings.namesModels else { return bundled }
        let source = PriceSource(
            upstream: try UpstreamPool.Settings(endpoint: settings.upstreamURL, key: settings.upstreamKey ?? "none"))
        do { return try await source.fetched(over: bundled, within: .seconds(10)) } catch {
            problems.append("OPENROUTER_BASE_URL: its list of models could not be fetched: \(error)")
            return bundled
        }
    }

    /// On standard error, one a line.
    static func warn(_ warnings: [String]) {
        for warning in warnings.sorted(by: { $0.compare($1, options: .numeric) == .orderedAscending }) {
            FileHandle.standardError.write(Data("warning: \(warning)\n".utf8))
        }
    }
}
