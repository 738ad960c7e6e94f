import Foundation
import Pricing
import Testing

@testable import Upstream

/// Pictures and sounds as far as their headers go.
enum Media {
    static func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(value >> (8 * $0) & 0xFF) }
    }
    static func little(_ value: Int, _ count: Int) -> [UInt8] { big(value, count).reversed() }

    static func png(_ width: Int, _ height: Int) -> [UInt8] {
        [0x89] + Array("PNG\r\n\u{1A}\n".utf8) + big(13, 4) + Array("IHDR".utf8) + big(width, 4) + big(height, 4)
            + [8, 6, 0, 0, 0] + [1, 2, 3, 4]
    }

    /// - Parameter before: segments before the frame's header.
    static func jpeg(_ width: Int, _ height: Int, frame: UInt8 = 0xC0, before: [UInt8] = []) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xE0] + big(16, 2) + Array("JFIF".utf8) + Array(repeating: 0, count: 10) + before
            + [0xFF, frame] + big(17, 2) + [8] + big(height, 2) + big(width, 2) + [3, 1, 2, 3]
    }

    static func gif(_ width: Int, _ height: Int, frame: (Int, Int, Int, Int)? = nil) -> [UInt8] {
        let frame = frame ?? (0, 0, width, height)
        return Array("GIF89a".utf8) + little(width, 2) + little(height, 2) + [0x80, 0, 0] + [0, 0, 0, 255, 255, 255]
            + [0x21, 0xF9, 4, 0, 0, 0, 0, 0] + [0x2C] + little(frame.0, 2) + little(frame.1, 2) + little(frame.2, 2)
            + little(frame.3, 2) + [0]
    }

    static func webP(_ kind: String, _ body: [UInt8]) -> [UInt8] {
        Array("RIFF".utf8) + little(4 + 8 + body.count, 4) + Array("WEBP".utf8) + Array(kind.utf8)
            + little(body.count, 4) + body
    }

    static func lossy(_ width: Int, _ height: Int) -> [UInt8] {
        webP("VP8 ", [0, 0, 0, 0x9D, 0x01, 0x2A] + little(width, 2) + little(height, 2) + [0, 0])
    }

    static func lossless(_ width: Int, _ height: Int) -> [UInt8] {
        webP("VP8L", [0x2F] + little((width - 1) | (height - 1) << 14, 4) + [0])
    }

    static func extended(_ width: Int, _ height: Int) -> [UInt8] {
        webP("VP8X", [0x10, 0, 0, 0] + little(width - 1, 3) + little(height - 1, 3))
    }

    static func wave(rate: Int, block: Int, coding: Int = 1, bytes: Int, before: [UInt8] = []) -> [UInt8] {
        Array("RIFF".utf8) + little(36 + bytes, 4) + Array("WAVE".utf8) + before + Array("fmt ".utf8) + little(16, 4)
            + little(coding, 2) + little(1, 2) + little(rate, 4) + little(rate * block, 4) + little(block, 2)
            + little(8 * block, 2) + Array("data".utf8) + little(bytes, 4) + Array(repeating: 7, count: bytes)
    }

    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    static func url(_ bytes: [UInt8], type: String = "image/png") -> String { "data:\(type);base64,\(base64(bytes))" }
}

@Suite struct Base64TextTests {
    @Test(arguments: 0...9)
    func readsEveryByteAndNoneBeyond(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 251 * ($0 + 1)) }
        let text = Base64Text(Array(Media.base64(bytes).utf8)[...])
        #expect(text.count == count)
        #expect((0..<count).map { text[$0] } == bytes.map(Optional.some))
        #expect(text[count] == nil && text[-1] == nil)
    }

    @Test func readsBothAlphabets() {
        #expect(Base64Text(Array("+/+/".utf8)[...])[0] == Base64Text(Array("-_-_".utf8)[...])[0])
        #expect(Base64Text(Array("+/+/".utf8)[...])[2] == 0xBF)
    }

    @Test(arguments: ["A A=", "A\nAA", "\u{0}AAA", "é", "====", "A"])
    func whatIsNoBase64HasNoBytesThere(text: String) {
        #expect(Base64Text(Array(text.utf8)[...])[0] == nil)
    }

    @Test func readsNumbersOfBothOrders() {
        let text = Base64Text(Array(Media.base64([1, 2, 3, 4, 5]).utf8)[...])
        #expect(text.big16(1) == 0x0203 && text.big32(1) == 0x0203_0405)
        #expect(text.little16(1) == 0x0302 && text.little24(1) == 0x04_0302 && text.little32(1) == 0x0504_0302)
        #expect(text.big32(2) == nil && text.little16(4) == nil)
    }
}

@Suite struct ImageHeaderTests {
    private func size(_ bytes: [UInt8]) -> Demand.Image? {
        ImageHeader.size(Base64Text(Array(Media.base64(bytes).utf8)[...]))
    }

    @Test(arguments: [(1, 1), (640, 480), (16_383, 9), (7, 16_383)])
    func tellsWidthAndHeight(width: Int, height: Int) {
        let expected = Demand.Image.sized(width: Int64(width), height: Int64(height))
        #expect(size(Media.png(width, height)) == expected)
        #expect(size(Media.jpeg(width, height)) == expected)
        #expect(size(Media.gif(width, height)) == expected)
        #expect(size(Media.lossy(width, height)) == expected)
        #expect(size(Media.lossless(width, height)) == expected)
        #expect(size(Media.extended(width, height)) == expected)
    }

    @Test(arguments: [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCF] as [UInt8])
    func everyKindOfJPEGFrameTells(frame: UInt8) {
        #expect(size(Media.jpeg(30, 20, frame: frame)) == .sized(width: 30, height: 20))
    }

    @Test func aThumbnailInsideDoesNotCount() {
        let exif = [0xFF, 0xE1] + Media.big(2 + Media.jpeg(1, 1).count, 2) + Media.jpeg(1, 1)
        #expect(size(Media.jpeg(4_000, 3_000, before: exif)) == .sized(width: 4_000, height: 3_000))
    }

    @Test func tablesAndFillBytesBeforeAFrameAreSkipped() {
        let before: [UInt8] = [0xFF, 0xC4, 0, 4, 1, 2, 0xFF, 0xFF, 0xFF, 0xDB, 0, 3, 9]
        #expect(size(Media.jpeg(30, 20, before: before)) == .sized(width: 30, height: 20))
    }

    @Test func aGIFFrameBeyondItsScreenCounts() {
        #expect(size(Media.gif(10, 10, frame: (5, 0, 100, 200))) == .sized(width: 105, height: 200))
    }

    @Test func aLargePNGTellsItsSize() {
        #expect(size(Media.png(0x7FFF_FFFF, 3)) == .sized(width: 0x7FFF_FFFF, height: 3))
    }

    @Test func noPrefixOfAHeaderTellsASize() {
        for whole in [Media.png(9, 9), Media.lossy(9, 9), Media.lossless(9, 9), Media.extended(9, 9)] {
            for count in 0..<24 { #expect(size(Array(whole.prefix(count))) == nil, "\(whole.prefix(count))") }
        }
        let jpeg = Media.jpeg(9, 9)
        for count in 0..<jpeg.count - 4 { #expect(size(Array(jpeg.prefix(count))) == nil) }
        let gif = Media.gif(9, 9)
        for count in 0..<gif.count - 1 { #expect(size(Array(gif.prefix(count))) == nil) }
    }

    @Test(arguments: [
        Media.png(0, 9), Media.png(9, 0), Media.jpeg(0, 9), Media.gif(0, 0, frame: (0, 0, 0, 0)), Array("BM".utf8),
        Array("II*\u{0}".utf8), Array("RIFF....WAVE".utf8), [0xFF, 0xD8, 0xFF, 0xDA, 0, 9],
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 1],
        [0xFF, 0xD8, 0, 0], Array("GIF89b".utf8) + Array(repeating: 1, count: 40), [],
    ])
    func whatIsNoPictureTellsNothing(_ bytes: [UInt8]) {
        #expect(size(bytes) == nil)
    }

    @Test func aHeaderThatNeverComesIsNotLookedForToTheEnd() {
        let comments = Array(repeating: [0xFF, 0xFE, 0, 2] as [UInt8], count: 100_000).flatMap(\.self)
        #expect(size(Media.jpeg(9, 9, before: comments)) == nil)
    }
}

@Suite struct SoundHeaderTests {
    private func tokens(_ bytes: [UInt8]) -> Int64? {
        SoundHeader.mostTokens(Base64Text(Array(Media.base64(bytes).utf8)[...]))
    }

    @Test func aWaveTellsItsLength() throws {
        // Two seconds; the header's own bytes count too.
        let two = try #require(tokens(Media.wave(rate: 8_000, block: 2, bytes: 32_000)))
        #expect((164...166).contains(two))
        let four = try #require(tokens(Media.wave(rate: 8_000, block: 2, bytes: 64_000)))
        #expect((264...266).contains(four))
    }

    @Test func chunksBeforeTheFormatAreSkipped() throws {
        let list = Array("LIST".utf8) + Media.little(3, 4) + [1, 2, 3, 0]
        let plain = try #require(tokens(Media.wave(rate: 8_000, block: 2, bytes: 32_000)))
        #expect(tokens(Media.wave(rate: 8_000, block: 2, bytes: 32_000, before: list)) == plain)
    }

    @Test func mp3TellsByItsSizeAtItsLeastBitRate() {
        let frames = [0xFF, 0xFB, 0x90, 0] + Array(repeating: UInt8(7), count: 9_996)
        #expect(tokens(frames) == 564)
        let tag = Array("ID3".utf8) + [4, 0, 0] + [0, 0, 1, 2] + Array(repeating: UInt8(0), count: 130)
        // 10 140 bytes at 1 000 a second, rounded up.
        #expect(tokens(tag + frames) == 571)
    }

    @Test(arguments: [
        Media.wave(rate: 8_000, block: 2, coding: 2, bytes: 100),
        Media.wave(rate: 8_000, block: 2, coding: 0xFFFE, bytes: 9),
        Media.wave(rate: 0, block: 2, bytes: 100), Media.wave(rate: 8_000, block: 0, bytes: 100),
        Media.wave(rate: 900_000, block: 2, bytes: 100), Array("RIFF....WAVE".utf8), Array("fLaC".utf8),
        Array("OggS".utf8), Array("FORM....AIFF".utf8), Array("....ftypM4A ".utf8),
        // A tag before FLAC, AAC (layer 0), and a free bit rate.
        Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, 0] + Array("fLaC".utf8), [0xFF, 0xF1, 0x50, 0x80],
        [0xFF, 0xFB, 0x00, 0x00], [],
    ])
    func whatDoesNotTellItsLengthHasNone(_ bytes: [UInt8]) {
        #expect(tokens(bytes) == nil)
    }
}
