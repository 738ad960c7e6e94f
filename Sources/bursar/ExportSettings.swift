import Exporting
import Foundation

/// Where receipts and events are sent (contract §4). What is not set is off.
struct ExportSettings {
    var intervalMilliseconds: Int64
    /// In a fixed order.
    var sinks: [SinkSettings] = []
    var routes = MessageRoutes()
    var alerts = AlertRules()
}

extension SettingsReader {
    func exports(_ tenants: TenantSettings) throws -> ExportSettings {
        var settings = ExportSettings(
            intervalMilliseconds: max(100, try milliseconds("EXPORT_INTERVAL_SECONDS", default: 15_000)))
        if let address = try sinkAddress("LOKI_HOST") {
            settings.sinks.append(
                .loki(
                    .init(
                        address: address, username: environment["LOKI_USERNAME"],
                        password: environment["LOKI_PASSWORD"], tenantID: environment["LOKI_TENANT_ID"])))
        }
        if let address = try sinkAddress("PHOENIX_HOST") {
            var phoenix = OTLPSink.Settings(name: "phoenix", address: address.appending("/v1/traces"))
            phoenix.project = environment["PHOENIX_PROJECT"] ?? "bursar"
            if let key = environment["PHOENIX_API_KEY"] { phoenix.headers = [("authorization", "Bearer \(key)")] }
            settings.sinks.append(.otlp(phoenix))
        }
        if let address = try sinkAddress("OTEL_EXPORTER_OTLP_ENDPOINT") {
            var collector = OTLPSink.Settings(name: "otlp", address: address.appending("/v1/traces"))
            collector.headers = try headers("OTEL_EXPORTER_OTLP_HEADERS")
            collector.serviceName = environment["OTEL_SERVICE_NAME"] ?? "bursar"
            settings.sinks.append(.otlp(collector))
        }
        if let sink = try cloudWatch() { settings.sinks.append(sink) }
        settings.routes = try routes(tenants)
        settings.alerts.rateFactor = try rateFactor("ALERT_RATE_FACTOR")
        return settings
    }

    private static let awsVariables = [
        "HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME", "AWS_ENDPOINT_URL_STS", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    ]

    func sinkAddress(_ name: String) throws -> SinkAddress? {
        guard let text = environment[name] else { return nil }
        guard let address = SinkAddress(text) else {
            throw SettingsProblem(name, value: text, expected: "a URL such as https://host or http://127.0.0.1:3100")
        }
        return address
    }

    /// `name=value,name=value`, percent-encoded. https://opentelemetry.io/docs/specs/otel/protocol/exporter/
    private func headers(_ name: String) throws -> [(name: String, value: String)] {
        try list(name).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let value = String(parts[1]).removingPercentEncoding else {
                throw SettingsProblem(name, "must be name=value, separated by commas")
            }
            return (String(parts[0]).trimmingCharacters(in: .whitespaces), value)
        }
    }

    private func cloudWatch() throws -> SinkSettings? {
        let namespace = environment["CLOUDWATCH_NAMESPACE"] ?? "LLM/Costs"
        guard !namespace.hasPrefix(":"), !namespace.hasPrefix("AWS/"), namespace.utf8.count <= 255 else {
            throw SettingsProblem(
                "CLOUDWATCH_NAMESPACE", value: namespace,
                expected: "up to 255 characters that do not begin with : or AWS/")
        }
        switch try choice("CLOUDWATCH_ENABLED", ["true", "false", "emf"]) {
        case "emf": return .embedded(namespace: namespace)
        case "true": break
        default: return nil
        }
        guard let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] else {
            throw SettingsProblem(
                missing: "AWS_REGION", for: "CLOUDWATCH_ENABLED=true", leavesOut: Spot("CLOUDWATCH_ENABLED"))
        }
        let url = "https://monitoring.\(region).amazonaws.com"
        guard let address = try sinkAddress("CLOUDWATCH_ENDPOINT") ?? SinkAddress(url) else {
            throw SettingsProblem("AWS_REGION", value: region, expected: "a region such as eu-central-1")
        }
        var settings = CloudWatchSink.Settings(region: region, address: address)
        settings.namespace = namespace
        let aws = Self.awsVariables.reduce(into: [:]) { $0[$1] = environment[$1] }
        return .cloudWatch(settings, aws: aws)
    }
}
