import Foundation
import Testing

/// What the deciding code must not hold: another owner of time, chance or rounding, notes to self, long lines.
private enum Tidiness {
    static let longestLine = 140

    static func complaints(about line: String) -> [String] {
        let words = Set(line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        var complaints = ["Foundation", "Double", "Float", "TODO", "FIXME", "XXX"].filter(words.contains)
        if readsAClock(line) { complaints.append(".now") }
        if line.contains("UUID()") { complaints.append("UUID()") }
        let chooses = line.contains(".random(") || line.contains(".randomElement(") || line.contains(".shuffled(")
        if chooses, !line.contains("using:") { complaints.append("chance without a generator") }
        if line.count > longestLine { complaints.append("\(line.count) columns") }
        return complaints
    }

    /// `Date.now` and `.now` read a clock; `self.now` is a value that came in as an argument.
    private static func readsAClock(_ line: String) -> Bool {
        func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
        let parts = line.components(separatedBy: ".now")
        return zip(parts, parts.dropFirst()).contains { before, after in
            if let next = after.first, isWord(next) { return false }
            let owner = String(before.reversed().prefix(while: isWord).reversed())
            return owner.first?.isLowercase != true || owner.lowercased().hasSuffix("clock")
        }
    }
}

@Suite struct TidyTests {
    private let sources = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources")

    @Test func theSourcesOwnNoTimeChanceOrRounding() throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted()
            .filter { $0.hasSuffix(".swift") }
        #expect(files.count > 20, "are these the sources? \(sources.path)")
        for file in files {
            let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let complaints = Tidiness.complaints(about: String(line))
                #expect(complaints.isEmpty, "\(file):\(index + 1): \(complaints.joined(separator: ", "))")
            }
        }
    }

    @Test(arguments: [
        "import Foundation", "public import Foundation", "import FoundationEssentials.Foundation", "let a: Double = 1",
        "Float(1)", "let t = Date.now",
        "ContinuousClock.now.advanced()", "= .now", "clock.now", "wallClock.now - start", "UUID().uuidString",
        "Int.random(in: 0..<5)", "[1].shuffled()",
        "// TODO: later", "// FIXME", String(repeating: "x", count: 141),
    ])
    func complainsAbout(_ line: String) {
        #expect(!Tidiness.complaints(about: line).isEmpty)
    }

    @Test(arguments: [
        "import ExactMoney", "let nowhere = books.nowhere", "at now: Instant", "self.now = now",
        "Int.random(in: 0..<5, using: &chance)",
        "DoubleEntry()", String(repeating: "x", count: 140),
    ])
    func findsNothingWrongWith(_ line: String) {
        #expect(Tidiness.complaints(about: line).isEmpty)
    }
}
