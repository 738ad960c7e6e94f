/// How long a sound can be at most, told from its own first bytes; compressed sound tells by its size.
///
/// | Form | Bound |
/// |---|---|
/// | WAV with PCM samples | its bytes by the header's sample rate and block size |
/// | MP3 | 8 kbit/s, the least that MPEG audio has (ISO/IEC 11172-3, 13818-3), is 1 000 bytes a second |
/// | others (FLAC, Ogg, AAC, M4A, AIFF …) | none: silence compresses to next to nothing |
enum SoundHeader {
    /// OpenAI counts 10 tokens a second, Gemini 32, both at most; the rest is margin (decision 17).
    private static let tokensPerSecond: Int64 = 50
    private static let margin: Int64 = 64
    private static let fastestRate: Int64 = 768_000
    /// A header is not looked for any further.
    private static let mostChunks = 64
    private static let leastBytesOfMP3PerSecond: Int64 = 1_000

    /// The most tokens; nil where only the context bounds them.
    static func mostTokens(_ bytes: Base64Text) -> Int64? {
        if bytes.holds("RIFF", at: 0), bytes.holds("WAVE", at: 8) { return wave(bytes) }
        guard isMP3(bytes) else { return nil }
        return tokens(units: Int64(bytes.count), perSecond: leastBytesOfMP3PerSecond)
    }

    /// A frame of layer III with a bit rate, after a tag if there is one. A tag alone says nothing: FLAC may have one too.
    private static func isMP3(_ bytes: Base64Text) -> Bool {
        var at = 0
        if bytes.holds("ID3", at: 0), let size = bytes.big32(6) {
            // Seven bits of each byte: https://id3.org/id3v2.4.0-structure
            at = 10 + Int(size & 0x7F | size >> 1 & 0x3F80 | size >> 2 & 0x1F_C000 | size >> 3 & 0xFE0_0000)
        }
        guard bytes[at] == 0xFF, let second = bytes[at + 1], let third = bytes[at + 2] else { return false }
        return second & 0xE0 == 0xE0 && second & 0x06 == 0x02 && third & 0xF0 != 0
    }

    private static func wave(_ bytes: Base64Text) -> Int64? {
        var at = 12
        var chunks = 0
        while chunks < mostChunks, let size = bytes.little32(at + 4) {
            guard bytes.holds("fmt ", at: at) else {
                at += 8 + Int(size) + Int(size & 1)
                chunks += 1
                continue
            }
            // 1 is PCM; of any other coding a byte can be any number of samples.
            guard bytes.little16(at + 8) == 1, let rate = bytes.little32(at + 12), let block = bytes.little16(at + 20),
                1...fastestRate ~= rate, block > 0
            else { return nil }
            return tokens(units: Int64(bytes.count), perSecond: rate * block)
        }
        return nil
    }

    private static func tokens(units: Int64, perSecond: Int64) -> Int64 {
        (units * tokensPerSecond + perSecond - 1) / perSecond + margin
    }
}
