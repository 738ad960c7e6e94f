internal import Foundation

/// Looking for bytes with the C library's own search, which reads many at a time. Streams are looked through again and again.
extension ArraySlice<UInt8> {
    /// Where the byte stands first.
    func index(of byte: UInt8) -> Int? {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let found = memchr(start, Int32(byte), bytes.count) else { return nil }
            return startIndex + (UnsafeRawPointer(found) - start)
        }
    }

    /// Where the first occurrence of the ASCII text ends.
    ///
    /// Looks at sixteen places at once, for two of the text's bytes (W. Muła, "SIMD-friendly algorithms for substring searching"),
    /// and compares all of it where both stand. Not for its first and its last: those are quotes in what is looked for here.
    func end(of text: StaticString) -> Int? {
        withUnsafeBytes { bytes in
            let length = text.utf8CodeUnitCount
            let wide = bytes.count - length - 15
            guard let start = bytes.baseAddress, wide >= 0 else {
                return bytes.slowEnd(of: text).map { startIndex + $0 }
            }
            let (early, late) = (Swift.min(1, length - 1), Swift.max(0, length - 2))
            let earlyByte = SIMD16<UInt8>(repeating: text.utf8Start[early])
            let lateByte = SIMD16<UInt8>(repeating: text.utf8Start[late])
            var next = 0
            while next < wide + 16 {
                // The last look overlaps the one before.
                let at = Swift.min(next, wide)
                let first = bytes.loadUnaligned(fromByteOffset: at + early, as: SIMD16<UInt8>.self) .== earlyByte
                let second = bytes.loadUnaligned(fromByteOffset: at + late, as: SIMD16<UInt8>.self) .== lateByte
                let both = first .& second
                let halves = unsafeBitCast(both, to: SIMD2<UInt64>.self)
                if halves.x | halves.y != 0 {
                    for lane in 0..<16 where both[lane] && memcmp(start + at + lane, text.utf8Start, length) == 0 {
                        return startIndex + at + lane + length
                    }
                }
                next += 16
            }
            return nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// As ``Swift/ArraySlice/end(of:)``, in bytes too few to look at many at once.
    fileprivate func slowEnd(of text: StaticString) -> Int? {
        let length = text.utf8CodeUnitCount
        guard let start = baseAddress, count >= length else { return nil }
        return (0...(count - length)).first { memcmp(start + $0, text.utf8Start, length) == 0 }.map { $0 + length }
    }
}

extension [UInt8] {
    /// Whether the ASCII text stands anywhere in the bytes.
    func holds(_ text: StaticString) -> Bool { self[...].end(of: text) != nil }
}
