import Foundation
import Testing

@testable import Dashboard

@Suite struct HTMLTests {
    @Test func whatIsLiteralIsMarkupAndWhatIsPutInIsText() {
        let name = "<b>\"Tom\" & 'Ann'</b>"
        let html: HTML = "<td title=\"\(name)\">\(name)</td>"
        let escaped = "&lt;b&gt;&quot;Tom&quot; &amp; &#39;Ann&#39;&lt;/b&gt;"
        #expect(html.text == "<td title=\"\(escaped)\">\(escaped)</td>")
    }

    @Test func markupIsPutInAsItIs() {
        let inner: HTML = "<i>\(7)</i>"
        #expect(("<p>\(inner)\([inner, inner])\(nil as HTML?)</p>" as HTML).text == "<p><i>7</i><i>7</i><i>7</i></p>")
        #expect(when(false, inner).text.isEmpty && when(true, inner).text == inner.text)
        #expect([1, 2].html { "<li>\($0)</li>" }.text == "<li>1</li><li>2</li>")
    }

    @Test(arguments: ["\u{0}", "\r", "\n", "\u{1B}", "\u{7F}"])
    func noControlCharacterPassesButTheEndOfALine(character: String) {
        let html: HTML = "\(character)"
        #expect(html.text == (character == "\n" ? "\n" : "\u{FFFD}"))
    }

    @Test func everyByteOfAnyTextIsHarmless() {
        var source = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let scalars = (0..<20).map { _ in Unicode.Scalar(UInt8.random(in: 0...255, using: &source)) }
            let html: HTML = "\(String(String.UnicodeScalarView(scalars)))"
            #expect(!html.text.contains { "<>\"'".contains($0) })
        }
    }

    /// The initializer that the compiler needs would make markup of any `String`.
    @Test func nobodyMakesMarkupOfAString() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Dashboard")
        let files = try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
        #expect(files.count > 10)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("HTML(stringLiteral"), "\(file.lastPathComponent)")
            #expect(!text.contains("appendLiteral(") || file.lastPathComponent == "HTML.swift")
        }
    }
}
