import Routing
import Testing

@Suite struct CancellationTests {
    @Test(
        arguments: [
            ("OpenAI", .stopsBilling), ("Anthropic", .stopsBilling), ("xAI", .stopsBilling),
            ("DeepInfra", .stopsBilling),
            ("Groq", .billsOn), ("Amazon Bedrock", .billsOn), ("Google AI Studio", .billsOn),
            ("google-vertex", .billsOn),
            ("Sandbox", .unknown), ("", .unknown), (nil, .unknown),
        ] as [(String?, Cancellation)])
    func isReadFromAProvidersName(name: String?, expected: Cancellation) {
        #expect(Cancellation(provider: name) == expected)
    }

    @Test func aWholeAnswerIsReadToItsEndWhoeverServesIt() {
        for cancellation in [Cancellation.stopsBilling, .billsOn, .unknown] {
            for hasID in [true, false] {
                #expect(AfterLeaving(isStream: false, cancellation: cancellation, hasID: hasID) == .drain)
            }
        }
    }

    @Test(
        arguments: [
            (.stopsBilling, true, .cancel), (.stopsBilling, false, .cancel), (.billsOn, true, .drain),
            (.billsOn, false, .drain), (.unknown, true, .cancel), (.unknown, false, .listen),
        ] as [(Cancellation, Bool, AfterLeaving)])
    func aStreamIsCancelledWhereThatSavesMoneyOrCostsNothing(
        cancellation: Cancellation, hasID: Bool, expected: AfterLeaving
    ) {
        #expect(AfterLeaving(isStream: true, cancellation: cancellation, hasID: hasID) == expected)
    }
}
