internal import Budgeting

/// A key for AWS. Its description says nothing of it.
public struct AWSCredentials: Sendable, CustomStringConvertible {
    let accessKey: String
    let secretKey: String
    let sessionToken: String?
    /// Nil for a key that does not run out.
    let expires: Instant?

    public var description: String { "an AWS key" }
}

/// Why there is no key. Names places, never a key.
public struct NoAWSCredentials: Error, CustomStringConvertible, Sendable {
    public let description: String
}

/// Where a process finds its key for AWS, in the order in which AWS' own SDKs look: environment, shared files, web identity,
/// container, instance. https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
public actor AWSCredentialChain {
    private let environment: [String: String]
    private let region: String
    private let sender: HTTPSender
    private var kept: AWSCredentials?

    /// A key that runs out is renewed so long before.
    private static let marginMilliseconds: Int64 = 300_000

    public init(environment: [String: String], region: String) {
        self.environment = environment
        self.region = region
        sender = HTTPSender(connectSeconds: 2, totalSeconds: 10)
    }

    func current(at now: Instant) async throws -> AWSCredentials {
        if let kept, kept.expires.map({ $0.milliseconds - now.milliseconds > Self.marginMilliseconds }) ?? true {
            return kept
        }
        let found = try await find()
        kept = found
        return found
    }

    /// Has the next call look again.
    func forget() { kept = nil }

    private func find() async throws -> AWSCredentials {
        if let key = fromEnvironment { return key }
        if let key = try fromFiles() { return key }
        if let key = try await fromWebIdentity() { return key }
        if let key = try await fromContainer() { return key }
        return try await fromInstance()
    }

    private var fromEnvironment: AWSCredentials? {
        guard let access = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") else { return nil }
        return AWSCredentials(
            accessKey: access, secretKey: secret, sessionToken: value("AWS_SESSION_TOKEN"), expires: nil)
    }

    private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
}

// MARK: - Files

extension AWSCredentialChain {
    private func fromFiles() throws -> AWSCredentials? {
        let profile = value("AWS_PROFILE") ?? "default"
        let home = value("HOME") ?? ""
        let files = [
            (value("AWS_SHARED_CREDENTIALS_FILE") ?? "\(home)/.aws/credentials", profile),
            (value("AWS_CONFIG_FILE") ?? "\(home)/.aws/config", profile == "default" ? profile : "profile \(profile)"),
        ]
        for (path, section) in files {
            guard let text = TextFile.read(path) else { continue }
            let values = ProfileFile(text).section(section)
            guard let access = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else {
                continue
            }
            return AWSCredentials(
                accessKey: access, secretKey: secret, sessionToken: values["aws_session_token"], expires: nil)
        }
        guard value("AWS_PROFILE") == nil else {
            throw NoAWSCredentials(description: "AWS_PROFILE '\(profile)' has no key in the shared files")
        }
        return nil
    }
}

/// The sections of `~/.aws/credentials`.
struct ProfileFile {
    private var sections: [String: [String: String]] = [:]

    init(_ text: String) {
        var name = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.hasPrefix("["), line.hasSuffix("]") {
                name = line.dropFirst().dropLast().trimmed.split(separator: " ").joined(separator: " ")
            } else if !line.hasPrefix("#"), !line.hasPrefix(";"), let equals = line.firstIndex(of: "=") {
                sections[name, default: [:]][line[..<equals].trimmed.lowercased()] =
                    line[line.index(after: equals)...].trimmed
            }
        }
    }

    func section(_ name: String) -> [String: String] { sections[name] ?? [:] }
}

extension Substring {
    var trimmed: String {
        var rest = self
        while rest.first?.isWhitespace ?? false { rest = rest.dropFirst() }
        while rest.last?.isWhitespace ?? false { rest = rest.dropLast() }
        return String(rest)
    }
}

// MARK: - Services

extension AWSCredentialChain {
    /// A token in a file, exchanged at STS: Kubernetes' service accounts.
    /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    private func fromWebIdentity() async throws -> AWSCredentials? {
        guard let path = value("AWS_WEB_IDENTITY_TOKEN_FILE"), let role = value("AWS_ROLE_ARN") else { return nil }
        guard let token = TextFile.read(path).map({ $0[...].trimmed }), !token.isEmpty else {
            throw NoAWSCredentials(description: "AWS_WEB_IDENTITY_TOKEN_FILE cannot be read")
        }
        let url = value("AWS_ENDPOINT_URL_STS") ?? "https://sts.\(region).amazonaws.com"
        guard let address = SinkAddress(url) else { throw NoAWSCredentials(description: "the address of STS is none") }
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", value("AWS_ROLE_SESSION_NAME") ?? "bursar"), ("WebIdentityToken", token),
        ]
        var request = SinkRequest(address: address)
        request.headers = [("content-type", "application/x-www-form-urlencoded")]
        request.body = Array(fields.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&").utf8)
        let answer = String(decoding: try await ask(request, "STS").body, as: UTF8.self)
        guard let access = answer.element("AccessKeyId"), let secret = answer.element("SecretAccessKey"),
            let session = answer.element("SessionToken")
        else { throw NoAWSCredentials(description: "STS answered without a key") }
        return AWSCredentials(
            accessKey: access, secretKey: secret, sessionToken: session,
            expires: answer.element("Expiration").flatMap(Instant.init(rfc3339:)))
    }

    /// ECS and EKS. https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    private func fromContainer() async throws -> AWSCredentials? {
        let url: String
        if let path = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = "http://169.254.170.2\(path)"
        } else if let full = value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            url = full
        } else {
            return nil
        }
        guard let address = SinkAddress(url) else {
            throw NoAWSCredentials(description: "AWS_CONTAINER_CREDENTIALS_*_URI is no address")
        }
        var request = SinkRequest(method: "GET", address: address)
        let token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").flatMap(TextFile.read).map { $0[...].trimmed }
        if let token = token ?? value("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            request.headers = [("authorization", token)]
        }
        return try key(in: try await ask(request, "the container's endpoint"))
    }

    /// IMDSv2. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    private func fromInstance() async throws -> AWSCredentials {
        let url = value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        guard value("AWS_EC2_METADATA_DISABLED") != "true", let address = SinkAddress(url) else {
            throw NoAWSCredentials(
                description: "no AWS key: none in the environment, the shared files, a token or a container")
        }
        var request = SinkRequest(method: "PUT", address: address.appending("/latest/api/token"))
        request.headers = [("x-aws-ec2-metadata-token-ttl-seconds", "21600")]
        let token = String(decoding: try await ask(request, "the instance's metadata").body, as: UTF8.self)
        let base = "/latest/meta-data/iam/security-credentials/"
        func get(_ path: String) async throws -> SinkAnswer {
            var request = SinkRequest(method: "GET", address: address.appending(path))
            request.headers = [("x-aws-ec2-metadata-token", token)]
            return try await ask(request, "the instance's metadata")
        }
        let roles = String(decoding: try await get(base).body, as: UTF8.self)
        guard let role = roles.split(whereSeparator: \.isNewline).first?.trimmed else {
            throw NoAWSCredentials(description: "the instance has no role")
        }
        return try key(in: try await get(base + role))
    }

    private func ask(_ request: SinkRequest, _ what: String) async throws -> SinkAnswer {
        let answer: SinkAnswer
        do { answer = try await sender.send(request) } catch {
            throw NoAWSCredentials(description: "no AWS key: \(what) does not answer (\(error))")
        }
        guard answer.status == 200 else {
            throw NoAWSCredentials(description: "no AWS key: \(what) answered \(answer.status)")
        }
        return answer
    }

    private func key(in answer: SinkAnswer) throws -> AWSCredentials {
        let text = String(decoding: answer.body, as: UTF8.self)
        guard let access = text.textMember("AccessKeyId"), let secret = text.textMember("SecretAccessKey") else {
            throw NoAWSCredentials(description: "an answer that should hold an AWS key holds none")
        }
        return AWSCredentials(
            accessKey: access, secretKey: secret, sessionToken: text.textMember("Token"),
            expires: text.textMember("Expiration").flatMap(Instant.init(rfc3339:)))
    }
}
