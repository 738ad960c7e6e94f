import Budgeting
import Testing

@testable import Exporting

@Suite struct SignatureV4Tests {
    private static let key = AWSCredentials(
        accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: nil, expires: nil
    )
    private static let moment = Instant(
        seconds: CivilDate(year: 2015, month: 8, day: 30).daysSince1970 * 86_400 + 12 * 3_600 + 36 * 60)

    private func signature(_ request: SinkRequest) -> String? {
        SignatureV4(credentials: Self.key, region: "us-east-1", service: "service").signed(request, at: Self.moment)
            .headers.first { $0.name == "authorization" }?.value.split(separator: "=").last.map(String.init)
    }

    /// From AWS' own suite, `get-vanilla`, `post-vanilla` and `post-x-www-form-urlencoded`.
    @Test func signsAsAWSDoes() throws {
        let address = try #require(SinkAddress("https://example.amazonaws.com/"))
        var request = SinkRequest(method: "GET", address: address)
        #expect(signature(request) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
        request.method = "POST"
        #expect(signature(request) == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")
        request.headers = [("content-type", "application/x-www-form-urlencoded")]
        request.body = Array("Param1=value1".utf8)
        #expect(signature(request) == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")
    }

    @Test func signsATemporaryKeysToken() throws {
        let key = AWSCredentials(accessKey: "A", secretKey: "B", sessionToken: "C", expires: nil)
        let address = try #require(SinkAddress("https://example.amazonaws.com"))
        let signed = SignatureV4(credentials: key, region: "r", service: "s").signed(
            SinkRequest(address: address), at: Self.moment)
        let authorization = try #require(signed.headers.last?.value)
        #expect(authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"))
        #expect(signed.headers.contains { $0.name == "x-amz-security-token" && $0.value == "C" })
        #expect("\(key)" == "an AWS key")
    }
}
