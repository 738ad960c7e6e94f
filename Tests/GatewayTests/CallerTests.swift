import ExactMoney
import Ledger
import NIOHTTP1
import Testing

@testable import Gateway

@Suite struct CallerTests {
    private func caller(
        _ headers: HTTPHeaders, _ settings: GatewaySettings = GatewaySettings()
    ) throws(Refusal) -> Caller {
        try Caller(headers, settings: settings)
    }

    private func refusal(_ headers: HTTPHeaders, _ settings: GatewaySettings = GatewaySettings()) -> String? {
        do {
            _ = try caller(headers, settings)
            return nil
        } catch {
            return error.summary
        }
    }

    @Test func isTheDefaultTenantWhoNamesNone() throws {
        let caller = try caller([:])
        #expect(caller.tenant == "default")
        #expect(caller.maxCost == nil)
        #expect(caller.mayDowngrade)
    }

    @Test(arguments: [
        "a", "A", "7", "acme", "acme.prod", "a_b", "a:b", "a@b.c", "a-b", "0._:@-", String(repeating: "x", count: 128),
    ])
    func namesATenant(name: String) throws {
        #expect(try caller(["X-Tenant-Id": name]).tenant == name)
        #expect(isTenant(name))
    }

    @Test(arguments: [
        "", " ", ".a", "_a", "-a", ":a", "@a", "a b", "a/b", "a,b", "a;b", "a\"b", "ä", "a\u{0}", "a\n", "日本", "１",
        String(repeating: "x", count: 129),
    ])
    func refusesWhatIsNoTenant(name: String) {
        #expect(refusal(["x-tenant-id": name]) == "400 invalid_tenant X-Tenant-Id")
        #expect(!isTenant(name))
    }

    @Test func refusesATenantSentTwice() {
        #expect(refusal(["X-Tenant-Id": "acme", "x-tenant-id": "acme"]) == "400 invalid_tenant X-Tenant-Id")
    }

    @Test func refusesATenantThatIsNotKnownWhereOnlySomeAre() {
        var settings = GatewaySettings()
        settings.onlyTenants = ["acme"]
        #expect(refusal(["x-tenant-id": "acme"], settings) == nil)
        #expect(refusal(["x-tenant-id": "beta"], settings) == "403 tenant_not_allowed")
        #expect(refusal([:], settings) == "403 tenant_not_allowed")
    }

    // MARK: tags

    @Test(arguments: [
        "feature=search", "feature=search,env=prod", "feature=search, env=prod", "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8",
        "a.b:c@d-e=x.y:z", "\(String(repeating: "n", count: 64))=\(String(repeating: "v", count: 64))",
    ])
    func takesTags(tags: String) {
        #expect(refusal(["x-bursar-tags": tags]) == nil)
    }

    @Test(arguments: [
        "", "feature", "=search", "feature=", "feature=se arch", "a=1,", ",a=1", "a=1,,b=2", "a=b=c", "a=\"b\"", "ä=1",
        "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9", "\(String(repeating: "n", count: 65))=v",
        "n=\(String(repeating: "v", count: 65))",
    ])
    func refusesWhatAreNoTags(tags: String) {
        #expect(refusal(["x-bursar-tags": tags]) == "400 invalid_tags X-Bursar-Tags")
    }

    @Test func countsTheTagsOfAllHeaders() {
        #expect(refusal(["x-bursar-tags": "a=1,b=2,c=3,d=4", "X-Bursar-Tags": "e=5,f=6,g=7,h=8"]) == nil)
        #expect(refusal(["x-bursar-tags": "a=1,b=2,c=3,d=4", "X-Bursar-Tags": "e=5,f=6,g=7,h=8,i=9"]) != nil)
    }

    @Test func readsTagsInTheirOrder() throws {
        let tags = try caller(["x-bursar-tags": "feature=search, env=prod"]).attribution.tags
        #expect(tags == [.init(name: "feature", value: "search"), .init(name: "env", value: "prod")])
    }

    @Test func refusesANameTwice() {
        #expect(refusal(["x-bursar-tags": "a=1,b=2,a=3"]) == "400 invalid_tags X-Bursar-Tags")
        #expect(refusal(["x-bursar-tags": "a=1", "X-Bursar-Tags": "a=1"]) == "400 invalid_tags X-Bursar-Tags")
    }

    // MARK: user and run

    @Test func namesUserAndRunByHeaderBeforeTheBody() throws {
        var caller = try caller(["X-Bursar-User": "ada@example.com", "X-Bursar-Run": "nightly 7"])
        caller.complete(user: "someone else", run: "another")
        #expect(caller.attribution.user == "ada@example.com")
        #expect(caller.attribution.run == "nightly 7")
    }

    @Test func takesUserAndRunFromTheBodyWhereNoHeaderNamesThem() throws {
        var caller = try caller([:])
        #expect(caller.attribution == Attribution(tenant: "default"))
        caller.complete(user: "ada", run: nil)
        #expect(caller.attribution.user == "ada" && caller.attribution.run == nil)
        caller.complete(user: nil, run: "")
        #expect(caller.attribution.user == "ada" && caller.attribution.run == nil)
    }

    @Test func aLongNameOfTheBodyGoesByItsBeginning() throws {
        var caller = try caller([:])
        caller.complete(user: String(repeating: "ä", count: 200), run: String(repeating: "x", count: 257))
        #expect(caller.attribution.user == String(repeating: "ä", count: 128))
        #expect(caller.attribution.run == String(repeating: "x", count: 256))
    }

    @Test(arguments: ["", String(repeating: "x", count: 257), "a\u{0}", "a\u{7F}"])
    func refusesAHeaderThatNamesNobody(name: String) {
        #expect(refusal(["x-bursar-user": name]) == "400 invalid_field X-Bursar-User")
        #expect(refusal(["x-bursar-run": name]) == "400 invalid_field X-Bursar-Run")
    }

    @Test func refusesAUserSentTwice() {
        #expect(refusal(["x-bursar-user": "ada", "X-Bursar-User": "bob"]) == "400 invalid_field X-Bursar-User")
    }

    // MARK: the most a call may cost

    @Test(
        arguments: [
            (nil, nil, nil), ("0.05", nil, 50_000_000), (nil, 70, 70), ("0.05", 70, 70), ("0.00000001", 70, 10),
            ("0", 70, 0),
            ("0.0000000019", nil, 1), ("1e-2", nil, 10_000_000),
        ] as [(String?, Int64?, Int64?)])
    func takesTheLowerOfItsOwnAndTheOperatorsBound(own: String?, operators: Int64?, bound: Int64?) throws {
        var settings = GatewaySettings()
        settings.maxCall = operators.map(Money.init(nanodollars:))
        let headers: HTTPHeaders = own.map { ["x-bursar-max-cost": $0] } ?? [:]
        #expect(try caller(headers, settings).maxCost?.nanodollars == bound)
    }

    @Test(arguments: ["", "cheap", "-1", "$1", "1,5", "nan", "inf", "0x1", "1e99"])
    func refusesABoundThatIsNoAmount(text: String) {
        #expect(refusal(["x-bursar-max-cost": text]) == "400 invalid_field X-Bursar-Max-Cost")
    }

    // MARK: downgrade

    @Test(arguments: [("allow", true), ("never", false), ("Never", false), ("ALLOW", true)])
    func mayForbidADowngrade(text: String, mayDowngrade: Bool) throws {
        #expect(try caller(["x-bursar-downgrade": text]).mayDowngrade == mayDowngrade)
    }

    @Test(arguments: ["", "no", "false", "never "])
    func refusesAnotherWordOnDowngrade(text: String) {
        #expect(refusal(["x-bursar-downgrade": text]) == "400 invalid_field X-Bursar-Downgrade")
    }
}
