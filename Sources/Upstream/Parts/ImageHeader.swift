import Pricing

/// The size that a picture's own header tells: PNG, JPEG, GIF and WebP.
///
/// | Form | Where | Source |
/// |---|---|---|
/// | PNG | `IHDR`, bytes 16 to 23 | https://www.w3.org/TR/png-3/ |
/// | JPEG | the first frame header, segments before it skipped by their length | ITU-T T.81, B.2 |
/// | GIF | the logical screen, or the first frame where that reaches beyond it | https://www.w3.org/Graphics/GIF/spec-gif89a.txt |
/// | WebP | `VP8 `, `VP8L` or the canvas in `VP8X` | https://developers.google.com/speed/webp/docs/riff_container |
enum ImageHeader {
    /// A header is not looked for any further: segments or blocks before it.
    private static let mostSteps = 4_096

    /// Nil where it is none of these, or broken before its size.
    static func size(_ bytes: Base64Text) -> Demand.Image? {
        let size =
            switch bytes[0] {
            case 0x89: png(bytes)
            case 0xFF: jpeg(bytes)
            case UInt8(ascii: "G"): gif(bytes)
            case UInt8(ascii: "R"): webP(bytes)
            default: nil as (Int64, Int64)?
            }
        guard let (width, height) = size, width > 0, height > 0 else { return nil }
        return .sized(width: width, height: height)
    }

    private static func png(_ bytes: Base64Text) -> (Int64, Int64)? {
        guard bytes.holds("PNG\r\n\u{1A}\n", at: 1), bytes.holds("IHDR", at: 12), let width = bytes.big32(16),
            let height = bytes.big32(20)
        else { return nil }
        return (width, height)
    }

    private static func jpeg(_ bytes: Base64Text) -> (Int64, Int64)? {
        guard bytes[1] == 0xD8 else { return nil }
        var at = 2
        // A marker may have fill bytes before it; segments that stand alone have no length.
        for _ in 0..<mostSteps {
            guard bytes[at] == 0xFF, let marker = bytes[at + 1] else { return nil }
            switch marker {
            case 0xFF: at += 1
            case 0x01, 0xD0...0xD8: at += 2
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let height = bytes.big16(at + 5), let width = bytes.big16(at + 7) else { return nil }
                return (width, height)
            // The picture itself, or its end: the header was not where it must be.
            case 0xD9, 0xDA: return nil
            default:
                guard let length = bytes.big16(at + 2), length >= 2 else { return nil }
                at += 2 + Int(length)
            }
        }
        return nil
    }

    private static func gif(_ bytes: Base64Text) -> (Int64, Int64)? {
        guard bytes.holds("GIF87a", at: 0) || bytes.holds("GIF89a", at: 0), let width = bytes.little16(6),
            let height = bytes.little16(8), let flags = bytes[10]
        else { return nil }
        var at = 13 + (flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1))
        var isInExtension = false
        for _ in 0..<mostSteps {
            guard let block = bytes[at] else { return nil }
            if isInExtension {
                at += 1 + Int(block)
                isInExtension = block > 0
                continue
            }
            switch block {
            case UInt8(ascii: "!"):
                at += 2
                isInExtension = true
            case UInt8(ascii: ","):
                guard let left = bytes.little16(at + 1), let top = bytes.little16(at + 3),
                    let wide = bytes.little16(at + 5), let high = bytes.little16(at + 7)
                else { return nil }
                return (max(width, left + wide), max(height, top + high))
            default: return nil
            }
        }
        return nil
    }

    private static func webP(_ bytes: Base64Text) -> (Int64, Int64)? {
        guard bytes.holds("RIFF", at: 0), bytes.holds("WEBP", at: 8) else { return nil }
        if bytes.holds("VP8X", at: 12), let width = bytes.little24(24), let height = bytes.little24(27) {
            return (width + 1, height + 1)
        }
        if bytes.holds("VP8L", at: 12), bytes[20] == 0x2F, let bits = bytes.little32(21) {
            return (bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
        }
        if bytes.holds("VP8 ", at: 12), bytes[23] == 0x9D, bytes[24] == 0x01, bytes[25] == 0x2A,
            let width = bytes.little16(26), let height = bytes.little16(28)
        {
            return (width & 0x3FFF, height & 0x3FFF)
        }
        return nil
    }
}
