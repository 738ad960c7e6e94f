import Testing

@testable import Dashboard

@Suite struct LiveViewTests {
    @Test func anEventHoldsItsPartLineByLine() {
        let event = LiveViews.event(Part(id: "sum", html: "<p>\n\("a\rb")</p>"))
        #expect(event == "event: part\ndata: sum\ndata: <p>\ndata: a\u{FFFD}b</p>\n\n")
    }

    @Test func thereIsRoomForAHundredAndThenAgainWhenOneLeaves() {
        let views = LiveViews()
        for _ in 0..<LiveViews.most { #expect(views.enter()) }
        #expect(!views.enter())
        views.leave()
        #expect(views.enter())
    }
}
