import Budgeting
import ControlPlane
import Testing

@testable import Dashboard

@Suite struct KeyFormTests {
    @Test(arguments: [
        ("", []), ("openai/*", ["openai/*"]), ("a/b\r\nc/d\n\n e/f ", ["a/b", "c/d", "e/f"]),
        ("env=prod, feature=search", ["env=prod", "feature=search"]), (" , ,", []),
    ])
    func readsListsHoweverTheyAreWritten(text: String, words: [String]) {
        #expect(KeyForm.words(text) == words)
    }

    @Test func saysAllOfWhatWasTyped() {
        var form = KeyForm(tenant: "acme")
        form.models = "openai/*"
        form.rpm = "1,200"
        form.needsRun = true
        form.expires = "2027-01-31T18:00"
        let edit = form.edit(.utc)
        #expect(form.problems.isEmpty)
        #expect(edit.models == ["openai/*"] && edit.tags == [] && edit.needsRun == true && edit.needsUser == false)
        #expect(edit.callsPerMinute == .bounded(1_200) && edit.callsAtOnce == .unbounded)
        #expect(edit.expiresAt == .bounded(Instant(seconds: 1_801_418_400)))
    }

    @Test func anEndThatNobodyTouchedStaysToTheSecond() {
        var form = KeyForm(tenant: "acme")
        form.expires = "2027-01-31T18:00"
        #expect(form.edit(.utc, before: form).expiresAt == .asItIs)
        var emptied = form
        emptied.expires = ""
        #expect(emptied.edit(.utc, before: form).expiresAt == .unbounded)
    }

    @Test(arguments: [
        ("rpm", "-1"), ("rpm", "1000001"), ("concurrent", "two"), ("models", "a^b"), ("tags", "feature"),
        ("actsFor", "a/b"),
        ("expires", "soon"),
    ])
    func namesTheFieldThatIsWrong(field: String, text: String) {
        var form = KeyForm(tenant: "acme")
        switch field {
        case "rpm": form.rpm = text
        case "concurrent": form.concurrent = text
        case "models": form.models = text
        case "tags": form.tags = text
        case "actsFor": form.actsFor = text
        default: form.expires = text
        }
        _ = form.edit(.utc)
        #expect(form.problems.map(\.field) == [field])
        #expect(form.problems[0].message.contains("“\(text)”"))
    }

    @Test func whatIsWrongIsDescribedAtItsField() {
        var form = KeyForm(tenant: "acme")
        form.rpm = "<b>"
        _ = form.edit(.utc)
        let field = form.field("rpm", { "<input \($0)>" }, hint: "In a minute.")
        #expect(field.text.contains("aria-describedby=\"rpm-problem rpm-hint\" aria-invalid=\"true\" autofocus"))
        #expect(field.text.contains("id=\"rpm-problem\"") && !field.text.contains("<b>"))
        let other = form.field("tags", { "<input \($0)>" }, hint: .empty)
        #expect(!other.text.contains("aria-"))
    }

    private static let berlin = ZoneRules(
        name: "Europe/Berlin", firstOffsetSeconds: 3_600,
        transitions: [
            .init(at: Instant(seconds: 1_806_195_600), offsetSeconds: 7_200),  // 2027-03-28 01:00 UTC
            .init(at: Instant(seconds: 1_824_944_400), offsetSeconds: 3_600),  // 2027-10-31 01:00 UTC
        ])

    @Test(arguments: [
        ("2027-01-31T18:00", "2027-01-31T17:00:00Z"), ("2027-01-31 18:00", "2027-01-31T17:00:00Z"),
        ("2027-01-31", "2027-01-30T23:00:00Z"), ("2027-07-01T00:00:30", "2027-06-30T22:00:30Z"),
        // The day on which the clock goes forward: before, in the hour that is skipped, after.
        ("2027-03-28T01:30", "2027-03-28T00:30:00Z"), ("2027-03-28T02:30", "2027-03-28T00:30:00Z"),
        ("2027-03-28T12:00", "2027-03-28T10:00:00Z"),
        // The day on which it goes back: the hour that comes twice, after.
        ("2027-10-31T02:30", "2027-10-31T00:30:00Z"), ("2027-10-31T12:00", "2027-10-31T11:00:00Z"),
    ])
    func readsTheClockOnTheWall(text: String, instant: String) throws {
        #expect(Instant(field: text, in: Self.berlin)?.rfc3339 == instant)
    }

    @Test(arguments: [
        "", "tomorrow", "2027-02-30T00:00", "2027-13-01T00:00", "27-01-01T00:00", "2027-01-01T24:00",
        "2027-01-01T00:60",
        "2027-01-01T00", "1999-12-31T00:00", "2100-01-01T00:00", "2027-01-01T00:00T00:00", "2027--1-01T00:00",
        "٢٠٢٧-01-01T00:00",
    ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(Instant(field: text, in: .utc) == nil)
    }

    @Test func aTimeReadsBackAsItIsShown() {
        for hour in stride(from: Int64(1_806_000_000), to: 1_826_000_000, by: 8_040) {
            let instant = Instant(seconds: hour)
            let read = Instant(field: instant.field(in: Self.berlin), in: Self.berlin)
            #expect(read?.field(in: Self.berlin) == instant.field(in: Self.berlin))
        }
    }

    @Test func aTimeOfAnotherYearIsShownWithIt() {
        let now = Instant(seconds: 1_795_000_000)
        #expect(now.adding(milliseconds: 40 * 86_400_000).nearby(now, in: .utc) == "28\u{A0}Dec, 11:06")
        #expect(Instant(seconds: 1_801_418_400).nearby(now, in: .utc) == "31\u{A0}Jan\u{A0}2027, 18:00")
    }
}

@Suite struct KeySearchTests {
    @Test func aWholeSecretGoesNoFurtherThanWhatIsShownOfIt() {
        let secret = "bsr_" + String(repeating: "A", count: 43)
        let search = KeySearch(["q": secret])
        #expect(search.text == "bsr_AAAAAA")
        #expect(!search.address(from: 0).contains(secret))
    }

    @Test func cannotAskForMoreThanThereIs() {
        #expect(KeySearch(["from": "-5"]).first == 0 && KeySearch(["from": "99999999999999999999"]).first == 0)
        #expect(KeySearch(["state": "nonsense"]).state == nil && KeySearch(["state": "ended"]).state == "ended")
        #expect(KeySearch([:]).isEmpty && !KeySearch(["tenant": "acme"]).isEmpty)
    }
}

@Suite struct FormTicketsTests {
    @Test func aTicketIsGoodOnce() {
        let tickets = FormTickets()
        let ticket = tickets.make()
        #expect(tickets.take(ticket) == .first)
        #expect(tickets.take(ticket) == .before(nil), "while the first is not over")
        tickets.spend(ticket, on: "ci")
        #expect(tickets.take(ticket) == .before("ci"))
        #expect(tickets.take("") == .unknown && tickets.take("0123") == .unknown)
    }

    @Test func theOldestOfAThousandAreForgotten() {
        let tickets = FormTickets()
        let first = tickets.make()
        let second = tickets.make()
        for _ in 0..<(FormTickets.most - 1) { _ = tickets.make() }
        #expect(tickets.take(first) == .unknown)
        #expect(tickets.take(second) == .first)
        tickets.spend(first, on: "late")
        #expect(tickets.take(first) == .unknown)
    }
}
