import Budgeting
import ExactMoney
import Testing

@testable import Dashboard

@Suite struct FormTests {
    @Test(arguments: [
        ("a=1&b=2", ["a": "1", "b": "2"]), ("a=x+y%21", ["a": "x y!"]), ("a=1&a=2", ["a": "1"]), ("a", ["a": ""]),
        ("a==b", ["a": "=b"]), ("", [:]), ("&&", [:]), ("a=%zz", ["a": ""]), ("%C3%A4=%F0%9F%99%82", ["ä": "🙂"]),
    ])
    func readsWhatBrowsersSend(text: String, values: [String: String]) {
        #expect(Form.values(of: text) == values)
    }

    @Test(
        arguments: [
            ("5", 5_000_000_000), ("$0.25", 250_000_000), ("1,200", 1_200_000_000_000), ("0", 0),
            (" 5 ", 5_000_000_000),
        ] as [(String, Int64)])
    func readsAmountsAsPeopleWriteThem(text: String, nanodollars: Int64) {
        #expect(Dashboard.amount(text)?.nanodollars == nanodollars)
    }

    @Test(arguments: ["", "-1", "five", "1e99", "nan", "inf", "5 USD", "€5", "$"])
    func whatIsNoAmountIsNone(text: String) {
        #expect(Dashboard.amount(text) == nil)
    }

    @Test(arguments: [
        ("/", "/"), ("/tenants/a?x=1", "/tenants/a?x=1"), ("", "/"), ("//evil", "/"), ("/\\evil", "/"),
        ("https://evil", "/"),
        ("/a\r\nX: y", "/"), ("/ä", "/"), ("evil", "/"),
    ])
    func leadsNowhereElse(address: String, place: String) {
        #expect(Dashboard.local(address) == place)
    }

    @Test func aSearchCannotAskForMoreThanThereIs() {
        #expect(TenantSearch(["from": "-5"]).first == 0)
        #expect(TenantSearch(["from": "99999999999999999999"]).first == 0)
        #expect(TenantSearch(["q": String(repeating: "x", count: 500)]).text.count == 128)
        #expect(TenantSearch(["state": "nonsense"]).state == nil)
    }
}
