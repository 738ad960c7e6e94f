import Testing

@testable import Upstream

@Suite struct JSONTextTests {
    @Test(arguments: [
        ("", #""""#), ("a", #""a""#), ("\"\\/", #""\"\\/""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{8}\u{1F}", #""\u0000\u0008\u001f""#),
        ("\u{7F}é€😀\u{2028}", "\"\u{7F}é€😀\u{2028}\""), ("e\u{301}", "\"e\u{301}\""),
    ])
    func quotes(text: String, quoted: String) {
        #expect(JSONText.quoted(text) == quoted)
    }

    @Test(arguments: 1...4)
    func whatIsQuotedIsReadBackByteForByte(seed: UInt64) throws {
        var chance = Seeded(seed)
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<chance.number(0...30) {
                let most = chance.one(of: [0x20, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF])
                guard let scalar = Unicode.Scalar(UInt32(chance.number(0...Int64(most)))) else { continue }
                text.unicodeScalars.append(scalar)
            }
            let value = try JSONDocument(Array(JSONText.quoted(text).utf8)).root
            #expect(value.string.map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    @Test(arguments: [
        (#""\b\f\/\\\"""#, "\u{8}\u{C}/\\\""), (#""\uD834\uDD1E""#, "\u{1D11E}"), (#""\ud834\udd1e!""#, "\u{1D11E}!"),
        (#""\u0000""#, "\u{0}"), (#""\uD800""#, "\u{FFFD}"), (#""\uDC00x""#, "\u{FFFD}x"),
        (#""\uD800\uD834\uDD1E""#, "\u{FFFD}\u{1D11E}"),
        (#""\uD800A""#, "\u{FFFD}A"), (#""é\n""#, "é\n"), ("\"\u{D7FF}\\n\"", "\u{D7FF}\n"),
    ])
    func decodesEscapesAndTakesALoneSurrogateForOneReplacementCharacter(text: String, decoded: String) throws {
        let string = try JSONDocument(Array(text.utf8)).root.string
        #expect(string.map { Array($0.utf8) } == Array(decoded.utf8))
    }
}
