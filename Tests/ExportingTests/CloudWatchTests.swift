import Budgeting
import ExactMoney
import Foundation
import Synchronization
import Testing

@testable import Exporting
@testable import Receipts

@Suite struct CloudWatchTests {
    private func receipts() -> [Receipt] {
        [
            Receipt.sample(1, cost: 10), Receipt.sample(2, cost: 30),
            Receipt.sample(3, cost: 5) { $0.tenant = "beta" },
            Receipt.sample(4, cost: 7) { $0.closedAt = Instant(milliseconds: $0.closedAt.milliseconds + 60_000) },
        ]
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func addsUpByMinuteTenantAndModel() throws {
        let body = CloudWatchSink.body(MetricGroup.groups(receipts()), namespace: "LLM/Costs")
        let read = try object(body)
        #expect(read["Namespace"] as? String == "LLM/Costs")
        let data = try #require(read["MetricData"] as? [[String: Any]])
        #expect(data.count == 12, "four metrics of three groups")
        #expect(
            Set(data.compactMap { $0["MetricName"] as? String }) == ["Cost", "Calls", "InputTokens", "OutputTokens"])
        let first = try #require(data.first)
        #expect((first["Dimensions"] as? [[String: String]])?.map { $0["Name"] } == ["Tenant", "Model"])
        #expect(body.contains(#""SampleCount":2,"Sum":0.00000004,"Minimum":0.00000001,"Maximum":0.00000003"#))
        let stamp = try #require(first["Timestamp"] as? Int)
        #expect(stamp % 60 == 0 && stamp <= 1_780_000_001)
    }

    @Test func aRequestHoldsAtMostAThousandMetrics() {
        let many = (1...400).map { number in Receipt.sample(number) { $0.tenant = "t\(number)" } }
        let count = MetricGroup.count(fitting: many)
        #expect(count == MetricGroup.mostGroups)
        let metrics = MetricGroup.groups(Array(many.prefix(count))).flatMap(\.metrics)
        #expect(metrics.count <= 1_000)
    }

    @Test func embeddedMetricsAreLinesWithTheirDirections() async throws {
        let lines = Lines()
        let sink = EmbeddedMetricSink(namespace: "N") { lines.add($0) }
        let many = (1...150).map { Receipt.sample($0, cost: Int64($0)) }
        try await sink.send(SinkBatch(many, at: Instant(seconds: 1)))
        #expect(lines.all.count == 2, "a hundred values a line")
        var sum: Decimal = 0
        for line in lines.all {
            let read = try object(line)
            let aws = try #require(read["_aws"] as? [String: Any])
            let directive = try #require((aws["CloudWatchMetrics"] as? [[String: Any]])?.first)
            #expect(directive["Dimensions"] as? [[String]] == [["Tenant", "Model"]])
            for value in try #require(read["Cost"] as? [NSNumber]) { sum += value.decimalValue }
        }
        #expect(abs(NSDecimalNumber(decimal: sum).doubleValue - 0.000011325) < 1e-15)
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    @Test func findsItsKeyWhereAWSKeepsThem() async throws {
        let now = Instant(seconds: 0)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try
            "[default]\naws_access_key_id = D\naws_secret_access_key=s\n# c\n[work]\naws_access_key_id=W\naws_secret_access_key=t\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        func key(_ environment: [String: String]) async throws -> AWSCredentials {
            try await AWSCredentialChain(environment: environment, region: "r").current(at: now)
        }
        #expect(try await key(["AWS_SHARED_CREDENTIALS_FILE": file]).accessKey == "D")
        #expect(try await key(["AWS_SHARED_CREDENTIALS_FILE": file, "AWS_PROFILE": "work"]).accessKey == "W")
        await #expect(throws: NoAWSCredentials.self) {
            try await key(["AWS_SHARED_CREDENTIALS_FILE": file, "AWS_PROFILE": "none"])
        }
        await #expect(throws: NoAWSCredentials.self) { try await key(["AWS_EC2_METADATA_DISABLED": "true"]) }

        let receiver = try await Receiver()
        let base = "http://\(receiver.address.authority)"
        let json = #"{"AccessKeyId":"I","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T00:00:00Z"}"#
        receiver.answer([.init(body: json)])
        let container = try await key([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(base)/creds", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret",
        ])
        #expect((container.accessKey, container.sessionToken) == ("I", "t"))
        #expect(receiver.taken.last?.header("authorization") == "secret")

        receiver.answer([.init(body: "token"), .init(body: "role\n"), .init(body: json)])
        let instance = try await key(["AWS_EC2_METADATA_SERVICE_ENDPOINT": base])
        #expect(instance.accessKey == "I")
        #expect(receiver.taken.suffix(3).map(\.method) == ["PUT", "GET", "GET"])
        #expect(receiver.taken.last?.header("x-aws-ec2-metadata-token") == "token")

        let xml = """
            <AssumeRoleWithWebIdentityResponse><Credentials><AccessKeyId>X</AccessKeyId>
            <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>
            </Credentials></AssumeRoleWithWebIdentityResponse>
            """
        receiver.answer([.init(body: xml)])
        let identity = try await key([
            "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_ENDPOINT_URL_STS": base,
        ])
        #expect(identity.accessKey == "X" && identity.expires != nil)
        try await receiver.close()
    }

    @Test func renewsAKeyBeforeItRunsOut() async throws {
        let receiver = try await Receiver()
        func json(_ key: String, _ expires: String) -> Receiver.Reply {
            .init(body: #"{"AccessKeyId":"\#(key)","SecretAccessKey":"s","Token":"t","Expiration":"\#(expires)"}"#)
        }
        receiver.answer([json("first", "1970-01-01T01:00:00Z"), json("second", "1970-01-01T02:00:00Z")])
        let url = "http://\(receiver.address.authority)/"
        let chain = AWSCredentialChain(environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], region: "r")
        #expect(try await chain.current(at: Instant(seconds: 0)).accessKey == "first")
        #expect(try await chain.current(at: Instant(seconds: 3_000)).accessKey == "first")
        #expect(try await chain.current(at: Instant(seconds: 3_400)).accessKey == "second")
        try await receiver.close()
    }
}
