#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A picture's size in pixels, as its file says; one that lies elsewhere is as large as a vendor takes.
struct Picture: Hashable, Sendable {
    let width: Int
    let height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    init(url: String) {
        let parts = url.split(separator: ",", maxSplits: 1)
        guard url.hasPrefix("data:"), parts.count == 2, let data = Data(base64Encoded: String(parts[1])),
            let size = Picture.size([UInt8](data))
        else {
            self.init(width: 8_192, height: 8_192)
            return
        }
        self = size
    }

    private static func size(_ data: [UInt8]) -> Picture? {
        func big(_ at: Int, _ count: Int) -> Int { data[at..<at + count].reduce(0) { $0 << 8 | Int($1) } }
        func little(_ at: Int, _ count: Int) -> Int { data[at..<at + count].reversed().reduce(0) { $0 << 8 | Int($1) } }
        if data.count >= 24, data.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            return Picture(width: big(16, 4), height: big(20, 4))
        }
        if data.count >= 10, data.starts(with: Array("GIF8".utf8)) {
            return Picture(width: little(6, 2), height: little(8, 2))
        }
        if data.count >= 30, data.starts(with: Array("RIFF".utf8)), Array(data[12..<16]) == Array("VP8X".utf8) {
            return Picture(width: little(24, 3) + 1, height: little(27, 3) + 1)
        }
        guard data.starts(with: [0xFF, 0xD8]) else { return nil }
        var at = 2
        while at + 9 <= data.count {
            if [0xC0, 0xC1, 0xC2].contains(data[at + 1]) {
                return Picture(width: big(at + 7, 2), height: big(at + 5, 2))
            }
            at += 2 + big(at + 2, 2)
        }
        return nil
    }
}

/// How many tokens a vendor takes a picture for, by its own published rule.
///
/// Read 2026-08: https://developers.openai.com/api/docs/guides/images-vision,
/// https://platform.claude.com/docs/en/build-with-claude/vision, https://ai.google.dev/gemini-api/docs/tokens.
struct Vision {
    let model: String

    func tokens(_ picture: Picture) -> Int {
        switch model.prefix(while: { $0 != "/" }) {
        case "openai": openAI(picture)
        case "anthropic": min(4_784, parts(picture.width, 28) * parts(picture.height, 28))
        case "google" where model.hasPrefix("google/gemini-3"): 2_240
        case "google": gemini2(picture)
        // Two patches of 28 a side, as Qwen merges them.
        default: parts(picture.width, 28) * parts(picture.height, 28)
        }
    }

    private func openAI(_ picture: Picture) -> Int {
        if model.hasPrefix("openai/gpt-4o-mini") { return 2_833 + 5_667 * tiles(picture) }
        if model.hasPrefix("openai/gpt-4o") || model == "openai/gpt-4.1" { return 85 + 170 * tiles(picture) }
        if model == "openai/gpt-5" { return 70 + 140 * tiles(picture) }
        let capped = ["openai/gpt-4.1-", "openai/gpt-5-", "openai/o4-mini"]
        if capped.contains(where: model.hasPrefix) { return min(1_536, patches(picture)) * 246 / 100 }
        return min(30_000, patches(picture)) * 246 / 100
    }

    private func patches(_ picture: Picture) -> Int { parts(picture.width, 32) * parts(picture.height, 32) }

    /// Into a square of 2 048, the shorter side to 768, tiles of 512.
    private func tiles(_ picture: Picture) -> Int {
        var (width, height) = (Double(max(1, picture.width)), Double(max(1, picture.height)))
        let first = min(1, 2_048 / max(width, height))
        (width, height) = (width * first, height * first)
        let second = min(1, 768 / min(width, height))
        (width, height) = (width * second, height * second)
        return parts(Int(width.rounded(.up)), 512) * parts(Int(height.rounded(.up)), 512)
    }

    private func gemini2(_ picture: Picture) -> Int {
        guard picture.width > 384 || picture.height > 384 else { return 258 }
        let side = min(max(min(picture.width, picture.height) * 2 / 3, 256), 768)
        return 258 * parts(picture.width, side) * parts(picture.height, side)
    }

    private func parts(_ side: Int, _ length: Int) -> Int { (side + length - 1) / length }
}

/// A sound's length, at the 32 tokens a second that Gemini counts.
struct Sound: Hashable, Sendable {
    let tokens: Int

    init(base64: String) {
        let data = [UInt8](Data(base64Encoded: base64) ?? Data())
        if data.count > 44, data.starts(with: Array("RIFF".utf8)) {
            let perSecond = data[28..<32].reversed().reduce(0) { $0 << 8 | Int($1) }
            tokens = (data.count - 44) * 32 / max(1, perSecond)
        } else if data.first == 0xFF, data.count > 1, data[1] & 0xE6 == 0xE2 {
            // MP3 at 8 kbit/s.
            tokens = data.count * 32 / 1_000
        } else {
            // Half an hour of silence.
            tokens = 32 * 1_800
        }
    }
}
