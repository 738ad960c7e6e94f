import Testing

@testable import Sandbox

@Suite struct MarkersTests {
    @Test(arguments: Fault.allCases) func findsEveryFaultByItsName(fault: Fault) {
        let markers = Markers(in: ["hello", "please [sandbox:\(fault.rawValue)] now"])
        #expect(markers.fault == fault)
        #expect(markers.unknown == nil)
    }

    @Test func readsNumbers() {
        let markers = Markers(in: ["[sandbox:tokens=40] [sandbox:delay=0][sandbox:tokens=9]"])
        #expect(markers.tokens == 40)
        #expect(markers.delay == 0)
        #expect(markers.fault == nil)
    }

    @Test func neverWantsLessThanOneToken() {
        #expect(Markers(in: ["[sandbox:tokens=0]"]).tokens == 1)
    }

    @Test(arguments: ["nonsense", "tokens=-1", "tokens=x", "tokens", ""])
    func tellsWhatItDoesNotUnderstand(marker: String) {
        #expect(Markers(in: ["[sandbox:\(marker)]"]).unknown == marker)
    }

    @Test(arguments: ["", "sandbox:hang", "[sandbox", "[sandbox:hang", "[ sandbox:hang]"])
    func findsNothingInPlainText(text: String) {
        #expect(Markers(in: [text]) == Markers(in: []))
    }
}
