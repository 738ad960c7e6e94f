import Foundation
import Testing

/// What the server's sources must not hold: long lines, notes to self, and, where money passes, binary fractions.
@Suite struct TidyTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            "Sources")

    private static let moneyPaths = ["Ledger", "Gateway", "Upstream", "ControlPlane"]
    private static let longestLine = 140

    private static func complaints(about line: String, inMoneyPath: Bool) -> [String] {
        let words = Set(line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        var complaints = ["TODO", "FIXME", "XXX"].filter(words.contains)
        if inMoneyPath {
            complaints += ["Double", "Float", "CGFloat", "Float16", "Float32", "Float64"].filter(words.contains)
        }
        if line.count > longestLine { complaints.append("\(line.count) columns") }
        return complaints
    }

    @Test func theSourcesAreTidyAndCountMoneyInIntegers() throws {
        let files = try Sources.files(under: Self.root)
        #expect(files.count > 80, "are these the sources? \(Self.root.path)")
        for file in files {
            let isMoneyPath = Self.moneyPaths.contains { file.path.contains("/Sources/\($0)/") }
            for (index, line) in try Sources.lines(of: file).enumerated() {
                let complaints = Self.complaints(about: line, inMoneyPath: isMoneyPath)
                #expect(
                    complaints.isEmpty, "\(file.lastPathComponent):\(index + 1): \(complaints.joined(separator: ", "))")
            }
        }
    }

    @Test(arguments: [
        "let a: Double = 1", "Float(1)", "// TODO: later", "// FIXME", String(repeating: "x", count: 141),
    ])
    func complainsAbout(_ line: String) {
        #expect(!Self.complaints(about: line, inMoneyPath: true).isEmpty)
    }

    @Test(arguments: ["let doubled = 2", "DoubleEntry()", "Floating()", String(repeating: "x", count: 140)])
    func findsNothingWrongWith(_ line: String) {
        #expect(Self.complaints(about: line, inMoneyPath: true).isEmpty)
    }
}

/// Swift files, read as text.
enum Sources {
    static func files(under directory: URL) throws -> [URL] {
        try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
            .filter { $0.hasSuffix(".swift") }.map { directory.appendingPathComponent($0) }
    }

    static func lines(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
    }
}
