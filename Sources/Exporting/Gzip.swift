internal import CZlib

enum Gzip {
    /// The bytes as a gzip file.
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        // The fastest level: receipts are much alike and pack well at any.
        let began = bursar_deflate_gzip(&stream, 1)
        precondition(began == Z_OK, "zlib has no memory to begin with (\(began))")
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count))))
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = uInt(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = uInt(output.count)
                let ended = deflate(&stream, Z_FINISH)
                precondition(ended == Z_STREAM_END, "zlib's own bound did not hold (\(ended))")
                return Int(stream.total_out)
            }
        }
        output.removeSubrange(written...)
        return output
    }
}
