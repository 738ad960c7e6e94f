import Foundation
import Testing

@testable import bursar

/// What the settings' readers ask for is what `bursar.yaml` may say, or what it may not for a reason.
struct ConfigKeysTests {
    /// Variables that the sources of this program name in quotes, such as `"PORT"`.
    private static let read: Set<String> = {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/bursar")
        let files = FileManager.default.enumerator(at: sources.standardized, includingPropertiesForKeys: nil)
        var found: Set<String> = []
        for case let file as URL in files ?? .init() {
            let isReader = file.lastPathComponent.contains("Settings") && file.pathExtension == "swift"
            guard isReader, let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            for match in text.matches(of: /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/) where match.1.count > 2 {
                found.insert(String(match.1))
            }
        }
        return found.subtracting(notVariables)
    }()

    private static let notVariables: Set<String> = []

    @Test func everyVariableThatIsReadCanStandInTheFileOrIsTheEnvironmentsOwn() {
        #expect(Self.read.count > 60, "the sources are found")
        let known = ConfigKeys.inFile.union(ConfigKeys.environmentOnly)
        #expect(Self.read.subtracting(known).sorted() == [])
    }

    @Test func everyNameOfTheFileIsRead() {
        #expect(ConfigKeys.inFile.subtracting(Self.read).sorted() == [])
        #expect(ConfigKeys.environmentOnly.subtracting(Self.read).sorted() == [])
    }

    @Test func whatWaitsForAStartAndWhatMayBeAListAreOfTheFile() {
        let known = ConfigKeys.inFile.union(ConfigKeys.environmentOnly)
        #expect(ConfigKeys.atStart.subtracting(known).sorted() == [])
        #expect(ConfigKeys.lists.subtracting(ConfigKeys.inFile).sorted() == [])
    }

    @Test func noVariableHasTwoNames() {
        #expect(Set(ConfigKeys.variables.values).count == ConfigKeys.variables.count)
        #expect(ConfigKeys.inFile.isDisjoint(with: ConfigKeys.environmentOnly))
    }
}
