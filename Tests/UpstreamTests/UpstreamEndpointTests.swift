import Testing

@testable import Upstream

@Suite struct UpstreamEndpointTests {
    @Test(arguments: [
        (
            "https://openrouter.ai/api/v1", "openrouter.ai", 443, UpstreamEndpoint.Security.tls, "/api/v1",
            "openrouter.ai"
        ),
        ("https://openrouter.ai/api/v1/", "openrouter.ai", 443, .tls, "/api/v1", "openrouter.ai"),
        ("https://openrouter.ai", "openrouter.ai", 443, .tls, "", "openrouter.ai"),
        ("https://openrouter.ai///", "openrouter.ai", 443, .tls, "", "openrouter.ai"),
        ("https://openrouter.ai:443/x", "openrouter.ai", 443, .tls, "/x", "openrouter.ai"),
        ("https://openrouter.ai:8443/x", "openrouter.ai", 8443, .tls, "/x", "openrouter.ai:8443"),
        ("http://127.0.0.1:9000/v1", "127.0.0.1", 9000, .plain, "/v1", "127.0.0.1:9000"),
        ("http://localhost", "localhost", 80, .plain, "", "localhost"),
        ("http://localhost:443", "localhost", 443, .plain, "", "localhost:443"),
        ("http://[::1]:8080/v1", "::1", 8080, .plain, "/v1", "[::1]:8080"),
        ("http://[::1]", "::1", 80, .plain, "", "[::1]"),
    ])
    func reads(
        url: String, host: String, port: Int, security: UpstreamEndpoint.Security, path: String, authority: String
    ) throws {
        let endpoint = try #require(UpstreamEndpoint(url: url))
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.security == security)
        #expect(endpoint.basePath == path)
        #expect(endpoint.authority == authority)
    }

    @Test(arguments: [
        "", "openrouter.ai", "ftp://openrouter.ai", "https://", "https:///v1", "http://:80", "http://a:", "http://a:0",
        "http://a:65536", "http://a:x", "https://user:key@openrouter.ai", "https://openrouter.ai/?a=b",
        "https://openrouter.ai/#a",
        "http://[::1]x",
    ])
    func refuses(_ url: String) {
        #expect(UpstreamEndpoint(url: url) == nil)
    }
}
