import Budgeting
import ExactMoney
import Foundation
import Testing

@testable import Exporting
@testable import Receipts

@Suite struct WritersTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        #expect(Base64.decode("*") == nil)
    }

    @Test func jsonIsWhatFoundationReads() throws {
        let nasty = "a\"b\\c\n\r\t\u{1}\u{2028}é🧮"
        let text = JSONWriter.object { object in
            object.member("text", nasty)
            object.member("none", nil as String?)
            object.member("number", -5 as Int64)
            object.member("flag", true)
            object.key("list")
            object.array { list in
                list.string(nasty)
                list.object { $0.member("k", "v") }
                list.array { _ in }
                list.string { $0.object { $0.member("text", nasty) } }
            }
            object.member("money", number: "0.000001375")
        }
        let read = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(read.count == 5)
        #expect(read["text"] as? String == nasty)
        #expect(read["number"] as? Int == -5)
        #expect((read["list"] as? [Any])?.count == 4)
        let inner = try #require((read["list"] as? [Any])?.last as? String)
        #expect(try JSONSerialization.jsonObject(with: Data(inner.utf8)) as? [String: String] == ["text": nasty])
        #expect(text.hasSuffix(#""money":0.000001375}"#))
    }

    @Test func gzipIsWhatGzipReads() throws {
        for size in [0, 1, 100, 100_000] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
            let gunzip = Process()
            gunzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
            gunzip.arguments = ["-dc"]
            let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try Data(Gzip.compress(bytes)).write(to: path)
            defer { try? FileManager.default.removeItem(at: path) }
            gunzip.standardInput = try FileHandle(forReadingFrom: path)
            let output = Pipe()
            gunzip.standardOutput = output
            try gunzip.run()
            let read = try output.fileHandleForReading.readToEnd() ?? Data()
            gunzip.waitUntilExit()
            #expect(gunzip.terminationStatus == 0)
            #expect(Array(read) == bytes)
        }
    }

    @Test func protobufsGoldenBytes() {
        var writer = ProtoWriter()
        writer.integer(1, 300)
        writer.string(2, "é")
        writer.fixed32(3, 1)
        writer.double(4, 1)
        writer.message(16) { $0.integer(1, -1) }
        #expect(
            writer.bytes == [0x08, 0xAC, 0x02, 0x12, 0x02, 0xC3, 0xA9, 0x1D, 1, 0, 0, 0, 0x21]
                + [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x82, 0x01, 0x0B, 0x08]
                + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
    }

    @Test(arguments: [
        ("https://logs.example.com", true, "logs.example.com", 443, "", "logs.example.com"),
        ("http://127.0.0.1:3100/", false, "127.0.0.1", 3100, "", "127.0.0.1:3100"),
        ("127.0.0.1:6006", false, "127.0.0.1", 6006, "", "127.0.0.1:6006"),
        ("https://[::1]:8443/a/b/", true, "::1", 8443, "/a/b", "[::1]:8443"),
    ])
    func readsAddresses(
        _ text: String, _ isSecure: Bool, _ host: String, _ port: Int, _ path: String, _ authority: String
    ) throws {
        let address = try #require(SinkAddress(text))
        #expect((address.isSecure, address.host, address.port, address.path) == (isSecure, host, port, path))
        #expect(address.authority == authority)
        #expect(address.appending("/x").target == path + "/x")
    }

    @Test(arguments: [
        "", "ftp://a", "http://", "http://a:0", "http://a:b", "http://user@a", "http://a b", "http://a/#x",
    ])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(SinkAddress(text) == nil)
    }

    @Test func theReceiptsLineIsFlatAndHasOneNumberOfMoney() throws {
        let receipt = Receipt.sample(7) { receipt in
            receipt.trace = TraceContext(high: 1, low: 2, parent: 3, flags: 1)
            receipt.tags = ["a=b", "c=d"]
            receipt.user = "anna"
            receipt.run = "r"
            receipt.promptCost = Money(nanodollars: 1)
            receipt.completionCost = Money(nanodollars: 2)
            receipt.attempts.insert(
                .init(
                    model: "v/x", reservation: nil, why: "breaker_open", status: 429, beganMicroseconds: 0,
                    tookMicroseconds: 0), at: 0)
        }
        var writer = JSONWriter()
        ReceiptLine.write(receipt, to: &writer)
        let line = String(decoding: writer.bytes, as: UTF8.self)
        #expect(line.contains(#""costUsd":0.000001375,"#))
        let read = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        for (name, value) in read {
            #expect(!(value is [Any]) && !(value is [String: Any]), "\(name)")
            let isMoney = ["cost", "usd", "spend"].contains { name.lowercased().contains($0) }
            if isMoney, name != "costUsd" { #expect(value is String, "\(name)") }
        }
        #expect(read["failedAttempts"] as? String == "v/x breaker_open 429")
        #expect(read["traceId"] as? String == "00000000000000010000000000000002")
    }

    @Test func aBatchIsTheSameTextEachTime() {
        let receipts = (1...5).map { Receipt.sample($0) }
        let now = Instant(milliseconds: 1_780_000_002_000)
        #expect(LokiSink.body(SinkBatch(receipts, at: now)) == LokiSink.body(SinkBatch(receipts, at: now)))
    }
}
