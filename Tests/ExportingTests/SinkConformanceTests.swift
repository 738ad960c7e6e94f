import Budgeting
import Receipts
import Testing

@testable import Exporting

/// What every sink promises, asked of each over a real socket.
@Suite struct SinkConformanceTests {
    private static let now = Instant(milliseconds: 1_780_000_002_000)

    enum Kind: String, CaseIterable, Sendable {
        case loki, phoenix, otlp, cloudwatch

        func sink(at address: SinkAddress) -> any Sink {
            switch self {
            case .loki: return LokiSink(.init(address: address, username: "u", password: "p", tenantID: "t"))
            case .phoenix, .otlp:
                return OTLPSink(.init(name: rawValue, address: address.appending("/v1/traces")), salt: 5)
            case .cloudwatch:
                let key = AWSCredentialChain(
                    environment: ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"], region: "r")
                return CloudWatchSink(.init(region: "r", address: address), credentials: key) {
                    SinkConformanceTests.now
                }
            }
        }
    }

    private func batch(_ count: UInt64 = 3) -> SinkBatch {
        SinkBatch((1...count).map { Receipt.sample($0) }, at: Self.now)
    }

    private func failure(_ sink: any Sink) async -> SinkFailure? {
        do {
            try await sink.send(batch())
            return nil
        } catch { return error }
    }

    @Test(arguments: Kind.allCases)
    func sendsABatchInOneRequestAndTheSameAgain(_ kind: Kind) async throws {
        let receiver = try await Receiver()
        let sink = kind.sink(at: receiver.address)
        #expect(sink.name == kind.rawValue)
        try await sink.send(batch())
        try await sink.send(batch())
        let taken = receiver.taken
        #expect(taken.count == 2)
        #expect(taken[0].body == taken[1].body && !taken[0].body.isEmpty)
        #expect(taken[0].method == "POST")
        try await receiver.close()
    }

    @Test(arguments: Kind.allCases)
    func triesAgainWhatMayGoBetter(_ kind: Kind) async throws {
        let receiver = try await Receiver()
        let sink = kind.sink(at: receiver.address)
        for status in [401, 403, 404, 429, 500, 502, 503, 504] {
            receiver.answer([.init(status: status, headers: [("retry-after", "7")])])
            guard case .tryAgain(_, let seconds) = await failure(sink) else {
                Issue.record("\(status) is not tried again")
                continue
            }
            #expect(seconds == 7)
        }
        let address = receiver.address
        try await receiver.close()
        guard case .tryAgain = await failure(kind.sink(at: address)) else {
            Issue.record("nobody there is not tried again")
            return
        }
    }

    @Test(arguments: Kind.allCases)
    func neverSendsAgainWhatIsWrong(_ kind: Kind) async throws {
        let receiver = try await Receiver()
        let sink = kind.sink(at: receiver.address)
        receiver.answer([.init(status: 400, body: "bad line")])
        #expect(await failure(sink) == .refused("it answered 400 bad line"))
        receiver.answer([.init(status: 413)])
        #expect(await failure(sink) == .tooLarge("it answered 413 "))
        try await receiver.close()
    }

    @Test(arguments: Kind.allCases)
    func followsNoRedirect(_ kind: Kind) async throws {
        let receiver = try await Receiver()
        receiver.answer([.init(status: 307, headers: [("location", "http://127.0.0.1:1/elsewhere")])])
        guard case .tryAgain = await failure(kind.sink(at: receiver.address)) else {
            Issue.record("a redirect is no failure")
            return
        }
        #expect(receiver.taken.count == 1)
        try await receiver.close()
    }

    @Test(arguments: Kind.allCases)
    func itsTestArrivesAndIsMarked(_ kind: Kind) async throws {
        let receiver = try await Receiver()
        let answer = try await kind.sink(at: receiver.address).sendTest(at: Self.now)
        #expect(!answer.isEmpty)
        #expect(receiver.taken.count == 1)
        try await receiver.close()
    }

    @Test(arguments: Kind.allCases)
    func atLeastOneReceiptFits(_ kind: Kind) throws {
        let sink = kind.sink(at: try #require(SinkAddress("http://127.0.0.1:1")))
        let many = (1...UInt64(sink.mostReceipts)).map { number in
            Receipt.sample(number) { $0.tenant = "tenant-\(number)" }
        }
        let count = sink.count(fitting: many)
        #expect((1...many.count).contains(count))
        #expect(sink.count(fitting: [many[0]]) == 1)
    }

    @Test func throttlingIsTriedAgainThoughCloudWatchCallsItA400() async throws {
        let receiver = try await Receiver()
        receiver.answer([.init(status: 400, body: #"{"__type":"com.amazon#Throttling"}"#)])
        guard case .tryAgain = await failure(Kind.cloudwatch.sink(at: receiver.address)) else {
            Issue.record("throttling is not tried again")
            return
        }
        try await receiver.close()
    }

    @Test func lokiIsTold() async throws {
        let receiver = try await Receiver()
        try await Kind.loki.sink(at: receiver.address).send(batch())
        let taken = try #require(receiver.taken.first)
        #expect(taken.target == "/loki/api/v1/push")
        #expect(taken.header("authorization") == "Basic dTpw")
        #expect(taken.header("x-scope-orgid") == "t")
        #expect(taken.header("content-encoding") == "gzip")
        try await receiver.close()
    }
}
