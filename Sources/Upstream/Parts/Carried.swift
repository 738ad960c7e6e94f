import Pricing

/// What a request carries beside text, gathered part by part while it is read.
///
/// Every byte counts as text unless it is taken out here, and it is taken out only where it is priced as what it is: a picture
/// whose header tells its size, a sound whose header tells its length. All else stays text as well.
struct Carried {
    private(set) var images: [Demand.Image] = []
    private(set) var audioTokens: Int64 = 0
    private(set) var open: Demand.Kinds = []
    /// Bytes of the body that are not text.
    private(set) var mediaBytes: Int64 = 0
    /// What the model must be able to take.
    private(set) var needs: Capabilities = []
    /// PDF and other files, for the fee of reading them.
    private(set) var files: Int64 = 0

    /// A picture: a data URL, or an address whose size nobody here looks up.
    mutating func addImage(url: JSONValue) {
        needs.insert(.images)
        guard let payload = DataURL.payload(of: url), let image = ImageHeader.size(Base64Text(payload)) else {
            return images.append(.unsized)
        }
        images.append(image)
        mediaBytes += Int64(payload.count)
    }

    /// A picture in base64 alone.
    mutating func addImage(data: JSONValue) {
        needs.insert(.images)
        let payload = DataURL.bytes(of: data)
        guard let image = ImageHeader.size(Base64Text(payload)) else { return images.append(.unsized) }
        images.append(image)
        mediaBytes += Int64(payload.count)
    }

    /// A sound in base64, with or without `data:` before it.
    mutating func addSound(data: JSONValue) {
        needs.insert(.audio)
        let payload = DataURL.payload(of: data) ?? DataURL.bytes(of: data)
        guard let tokens = SoundHeader.mostTokens(Base64Text(payload)) else {
            open.insert(.audio)
            return
        }
        audioTokens += tokens
        mediaBytes += Int64(payload.count)
    }

    /// Sound that upstream keeps under an id.
    mutating func addStoredSound() {
        needs.insert(.audio)
        open.insert(.audio)
    }

    mutating func addVideo() {
        needs.insert(.video)
        open.insert(.video)
    }

    /// A file. What is in it can be of any kind, and many pages in few bytes. Any model can be given its text.
    mutating func addFile() {
        open.formUnion([.document, .audio, .video])
        files += 1
    }
}

/// `data:image/png;base64,…`
enum DataURL {
    /// The base64 text after the comma; nil for any other string, and where what follows is no plain base64.
    static func payload(of value: JSONValue) -> ArraySlice<UInt8>? {
        let bytes = bytes(of: value)
        // Media types and their parameters are short (RFC 2397).
        guard bytes.starts(with: Array("data:".utf8)),
            let comma = bytes.prefix(256).firstIndex(of: UInt8(ascii: ",")),
            bytes[..<comma].suffix(7).elementsEqual(";base64".utf8)
        else { return nil }
        return bytes[(comma + 1)...]
    }

    /// A string's decoded bytes; empty for any other value.
    static func bytes(of value: JSONValue) -> ArraySlice<UInt8> {
        guard value.kind == .string else { return [] }
        let raw = value.text.dropFirst().dropLast()
        return raw.contains(UInt8(ascii: "\\")) ? JSONText.decodedBytes(raw)[...] : raw
    }
}
