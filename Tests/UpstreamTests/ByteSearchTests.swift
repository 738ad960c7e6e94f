import Testing

@testable import Upstream

@Suite struct ByteSearchTests {
    /// The plain definition, to compare with.
    private func end(of word: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= word.count else { return nil }
        return bytes.indices.dropLast(word.count - 1).first { bytes[$0...].starts(with: word) }.map { $0 + word.count }
    }

    /// Every length up to four looks, the word at every place, other beginnings and ends of it around.
    @Test func aTextIsFoundWhereverItStands() {
        let text: StaticString = "\"usage\""
        let word = Array("\"usage\"".utf8)
        for count in 0...70 {
            for place in 0...max(0, count - 1) {
                var bytes = [UInt8](repeating: UInt8(ascii: "\""), count: count)
                for (offset, byte) in word.enumerated() where place + offset < count { bytes[place + offset] = byte }
                #expect(bytes[...].end(of: text) == end(of: word, in: bytes[...]))
                let inside = ([1, 2, 3] + bytes)[3...]
                #expect(inside.end(of: text) == end(of: word, in: inside))
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func soInAnyBytes(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                "ab\n".utf8.randomElement(using: &random)!
            }
            #expect(bytes[...].end(of: "abba") == end(of: Array("abba".utf8), in: bytes[...]))
            #expect(bytes[...].end(of: "a") == end(of: Array("a".utf8), in: bytes[...]))
            #expect(bytes[...].index(of: UInt8(ascii: "\n")) == bytes.firstIndex(of: UInt8(ascii: "\n")))
        }
    }
}
