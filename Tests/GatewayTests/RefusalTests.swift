import NIOHTTP1
import Testing
import Upstream

@testable import Gateway

@Suite struct RefusalTests {
    @Test func isTheEnvelopeOfBothClients() {
        let refusal = Refusal(403, "permission_error", "tenant_not_allowed", param: "X-Tenant-Id", "No.")
        #expect(
            refusal.json
                == #"{"error":{"message":"No.","type":"permission_error","param":"X-Tenant-Id","code":403,"metadata":{"reason":"tenant_not_allowed"}}}"#
        )
    }

    @Test func writesNullForAnUnknownFieldAndMoreMetadataAsItIs() {
        var refusal = Refusal(429, "insufficient_quota", "budget_exceeded", "Used up.")
        refusal.metadata = [("cap", "\"5\""), ("affordable", "null")]
        #expect(
            refusal.json == """
                {"error":{"message":"Used up.","type":"insufficient_quota","param":null,"code":429,\
                "metadata":{"reason":"budget_exceeded","cap":"5","affordable":null}}}
                """)
    }

    @Test(arguments: ["\"quoted\"", "back\\slash", "line\nbreak", "\u{0}", "é€😀", "</script>"])
    func isJSONWhateverTheMessageHolds(message: String) throws {
        let refusal = Refusal.invalid("invalid_field", param: message, message)
        let error = try #require(try JSONDocument(Array(refusal.json.utf8)).root["error"])
        #expect(error["message"]?.string == message)
        #expect(error["param"]?.string == message)
        #expect(error["code"]?.integer == 400)
        #expect(error["type"]?.string == "invalid_request_error")
        #expect(error["metadata"]?["reason"]?.string == "invalid_field")
    }

    @Test(arguments: [
        (Refusal.bodyTooLarge, 413, "invalid_request_error", "body_too_large"),
        (.headersTooLarge, 431, "invalid_request_error", "headers_too_large"),
        (.shuttingDown, 503, "server_error", "shutting_down"),
        (.ledgerUnavailable, 503, "server_error", "ledger_unavailable"),
        (.unknownRoute(.GET, "/v1/models"), 404, "invalid_request_error", "unknown_route"),
        (
            .methodNotAllowed(.GET, "/v1/chat/completions", takes: "POST"), 405, "invalid_request_error",
            "method_not_allowed"
        ),
    ])
    func standsAsTheContractSays(refusal: Refusal, status: Int, type: String, reason: String) {
        #expect(refusal.status == status)
        #expect(refusal.type == type)
        #expect(refusal.reason == reason)
    }

    @Test(arguments: [
        ("{", "400 invalid_json"), ("[]", "400 invalid_json"), (#"{"a":1,"a":2}"#, "400 duplicate_key a"),
        (#"{"messages":5}"#, "400 invalid_field messages"),
        (#"{"preset":"x","messages":[{"role":"user"}]}"#, "400 unbounded_cost preset"),
        (String(repeating: "[", count: 129), "400 too_deep"),
    ])
    func saysWhatIsWrongWithABody(body: String, summary: String) {
        do {
            _ = try PricedRequest(Array(body.utf8), at: .chatCompletions)
            Issue.record("\(body) was taken")
        } catch {
            #expect(Refusal(error).summary == summary)
            #expect(Refusal(error).type == "invalid_request_error")
        }
    }

    @Test func doesNotEchoAnEndlessPath() {
        let refusal = Refusal.unknownRoute(.GET, "/v1/" + String(repeating: "x", count: 100_000))
        #expect(refusal.message.utf8.count < 500)
    }
}
