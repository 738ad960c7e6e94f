import Gateway
import NIOHTTP1
import Testing

@testable import ControlPlane

struct DataPlaneDocumentTests {
    @Test func itTellsOfEveryPathThatAnswersAndOfNoOther() {
        let told = Set(DataPlaneDocument.paths.map { "\($0.method) \($0.path)" })
        #expect(told == Set(Gateway.dataPlane.map { "\($0.method) \($0.path)" }))
        #expect(DataPlaneDocument.paths.count == told.count)
    }
}
