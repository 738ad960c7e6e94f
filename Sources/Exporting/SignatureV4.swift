internal import Budgeting
internal import Crypto

/// AWS Signature Version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct SignatureV4 {
    let credentials: AWSCredentials
    let region: String
    let service: String

    /// The request with its `authorization` header. All its headers are signed, and the host.
    func signed(_ request: SinkRequest, at now: Instant) -> SinkRequest {
        var request = request
        let stamp = now.stamp
        request.headers.append(("x-amz-date", stamp))
        if let token = credentials.sessionToken { request.headers.append(("x-amz-security-token", token)) }
        let headers = ([("host", request.address.authority)] + request.headers)
            .map { ($0.0.lowercased(), $0.1.split(separator: " ").joined(separator: " ")) }.sorted { $0.0 < $1.0 }
        let names = headers.map(\.0).joined(separator: ";")
        let canonical = [
            request.method, request.address.path.isEmpty ? "/" : request.address.path, request.address.query ?? "",
            headers.map { "\($0.0):\($0.1)\n" }.joined(), names, Hex.text(SHA256.hash(data: request.body)),
        ].joined(separator: "\n")
        let scope = "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
        let toSign = ["AWS4-HMAC-SHA256", stamp, scope, Hex.text(SHA256.hash(data: Array(canonical.utf8)))].joined(
            separator: "\n")
        let signature = Hex.text(Self.hmac(key(on: String(stamp.prefix(8))), toSign))
        request.headers.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
            ))
        return request
    }

    private func key(on day: String) -> [UInt8] {
        [day, region, service, "aws4_request"].reduce(Array("AWS4\(credentials.secretKey)".utf8)) { Self.hmac($0, $1) }
    }

    private static func hmac(_ key: [UInt8], _ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }
}

extension Instant {
    /// `20260615T120000Z`
    fileprivate var stamp: String { rfc3339.filter { $0 != "-" && $0 != ":" } }
}
