import NIOCore
import NIOHTTP1
import Testing

@testable import Upstream

/// Against a real server on loopback.
@Suite struct UpstreamPoolTests {
    private static func answer(_ body: String, _ headers: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    @Test func sendsTheRequestWithOurHeadersAndTheClientsOwn() async throws {
        try await UpstreamLine.run { _, _ in
            .send(Self.answer("{}"))
        } _: { line in
            _ = try await line.post(#"{"a":1}"#, headers: ["x-title": "app"]).end()
            let expected = """
                POST /api/v1/chat/completions HTTP/1.1\r
                host: 127.0.0.1:\(line.server.port)\r
                authorization: Bearer sk-ours\r
                accept-encoding: identity\r
                user-agent: bursar\r
                x-title: app\r
                content-type: application/json\r
                content-length: 7\r
                \r
                {"a":1}
                """
            #expect(line.server.all.requests == [[expected]])
        }
    }

    @Test func reusesAConnection() async throws {
        try await UpstreamLine.run { _, request in
            .send(Self.answer("answer \(request)"))
        } _: { line in
            for number in 0..<5 {
                let heard = try await line.get().end()
                #expect(heard.status == 200)
                #expect(heard.body == "answer \(number)")
                #expect(heard.failure == nil)
            }
            #expect(line.server.all.requests.map(\.count) == [5])
        }
    }

    @Test func usesOneConnectionForEachExchangeThatRunsAtTheSameTime() async throws {
        try await UpstreamLine.run { _, _ in
            .silence
        } _: { line in
            let ears = [try await line.get(), try await line.get(), try await line.get()]
            try await eventually { line.server.all.requests.map(\.count) == [1, 1, 1] }
            try await line.onLoop { for ear in ears { ear.exchange?.cancel() } }
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ])
    func doesNotReuseAConnectionThatUpstreamWillClose(answer: String) async throws {
        try await UpstreamLine.run { _, _ in
            .send(answer)
        } _: { line in
            for _ in 0..<2 {
                let heard = try await line.get().end()
                #expect(heard.body == "ok")
            }
            #expect(line.server.all.requests.map(\.count) == [1, 1])
        }
    }

    @Test func replacesAConnectionThatWentStaleAtRest() async throws {
        try await UpstreamLine.run { _, _ in
            .sendThenClose(Self.answer("ok"))
        } _: { line in
            #expect(try await line.get().end().body == "ok")
            try await eventually { line.server.all.closed == [0] }
            try await Task.sleep(for: .milliseconds(100))
            let heard = try await line.get().end()
            #expect(heard.body == "ok")
            #expect(heard.failure == nil)
            #expect(line.server.all.requests.map(\.count) == [1, 1])
        }
    }

    @Test func saysThatAnExchangeBrokeAfterTheRequestWasWritten() async throws {
        try await UpstreamLine.run { _, _ in
            .close
        } _: { line in
            let heard = try await line.post("{}").end()
            #expect(heard.failure == .broken("upstream closed the connection"))
            #expect(heard.status == nil)
            #expect(line.server.all.requests.map(\.count) == [1], "a request that may be billed is not sent twice")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ])
    func handsOverWhatCameBeforeItBroke(answer: String) async throws {
        try await UpstreamLine.run { _, _ in
            .sendThenClose(answer)
        } _: { line in
            let heard = try await line.get().end()
            #expect(heard.status == 200)
            #expect(heard.body == "half")
            guard case .broken = heard.failure else {
                Issue.record("\(heard)")
                return
            }
        }
    }

    @Test func saysThatItBrokeWhereTheAnswerIsNoHTTP() async throws {
        try await UpstreamLine.run { _, _ in
            .send("SSH-2.0-OpenSSH\r\n\r\n")
        } _: { line in
            guard case .broken = try await line.get().end().failure else {
                Issue.record("an answer that is no HTTP did not break the exchange")
                return
            }
        }
    }

    @Test func saysThatItIsNotConnectedWhereNobodyListens() async throws {
        // A port of our own that was closed could be another test's by now.
        try await UpstreamLine.run(port: 1) { _, _ in
            .silence
        } _: { line in
            guard case .notConnected(let why) = try await line.post("{}").end().failure else {
                Issue.record("connected to nobody")
                return
            }
            #expect(!why.contains("sk-ours") && !why.contains("127.0.0.1"), "no address and no key: \(why)")
        }
    }

    @Test func readsChunksAndAnAnswerThatEndsWithTheConnection() async throws {
        try await UpstreamLine.run { connection, _ in
            connection == 0
                ? .sendThenClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
                : .sendThenClose("HTTP/1.1 200 OK\r\n\r\nuntil the end")
        } _: { line in
            #expect(try await line.get().end().body == "abc")
            try await eventually { line.server.all.closed == [0] }
            try await Task.sleep(for: .milliseconds(100))
            let heard = try await line.get().end()
            #expect(heard.body == "until the end")
            #expect(heard.hasEnded)
        }
    }

    @Test func aPausedExchangeReadsNothingUntilItIsResumed() async throws {
        let body = String(repeating: "x", count: 24 << 20)
        try await UpstreamLine.run { _, _ in
            .send(Self.answer(body))
        } _: { line in
            let ear = try await line.get(ear: Ear(pausesAtOnce: true))
            try await eventually { ear.heard.status == 200 }
            try await Task.sleep(for: .milliseconds(200))
            let early = ear.heard
            #expect(
                early.byteCount < body.utf8.count / 4 && !early.isOver, "\(early.byteCount) bytes in spite of the pause"
            )
            try await Task.sleep(for: .milliseconds(100))
            #expect(ear.heard.byteCount == early.byteCount)
            try await line.onLoop { ear.exchange?.resume() }
            #expect(try await ear.end().byteCount == body.utf8.count)
            #expect(try await line.get().end().byteCount == body.utf8.count, "the connection serves again")
            #expect(line.server.all.requests.map(\.count) == [2])
        }
    }

    @Test func cancellingClosesTheConnectionWithoutAWord() async throws {
        try await UpstreamLine.run { _, _ in
            .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        } _: { line in
            let ear = try await line.get()
            try await eventually { ear.heard.body == "half" }
            try await line.onLoop { ear.exchange?.cancel() }
            try await eventually { line.server.all.closed == [0] }
            #expect(!ear.heard.isOver)
        }
    }

    @Test func cancellingWhileItConnectsSendsNothing() async throws {
        try await UpstreamLine.run { _, _ in
            .send(Self.answer("ok"))
        } _: { line in
            let ear = Ear()
            try await line.onLoop { [pool = line.pool] in
                ear.exchange = pool.value.get("/models", to: ear)
                ear.exchange?.cancel()
            }
            try await eventually { line.server.all.requests.count == 1 }
            #expect(try await line.get().end().body == "ok")
            #expect(
                line.server.all.requests == [[line.server.all.requests[0][0]]], "the fresh connection rested and served"
            )
            #expect(!ear.heard.isOver)
        }
    }

    @Test func refusesMoreConnectionsThanItMayHave() async throws {
        try await UpstreamLine.run(mostConnections: 1) { _, _ in
            .silence
        } _: { line in
            let first = try await line.get()
            try await eventually { line.server.all.requests.map(\.count) == [1] }
            let second = try await line.get().end()
            #expect(second.failure == .notConnected("all 1 connections are busy"))
            try await line.onLoop { first.exchange?.cancel() }
            try await eventually { line.server.all.closed == [0] }
            let third = try await line.get()
            try await eventually { line.server.all.requests.map(\.count) == [1, 1] }
            try await line.onLoop { third.exchange?.cancel() }
        }
    }

    @Test func closesAConnectionThatRestsTooLong() async throws {
        try await UpstreamLine.run(restTimeout: .milliseconds(50)) { _, _ in
            .send(Self.answer("ok"))
        } _: { line in
            _ = try await line.get().end()
            try await eventually { line.server.all.closed == [0] }
            #expect(try await line.get().end().body == "ok")
        }
    }

    @Test func lettingGoReadsTheRestSoThatTheConnectionServesAgain() async throws {
        try await UpstreamLine.run { _, _ in
            .send(Self.answer("ok"))
        } _: { line in
            let ear = Ear()
            try await line.onLoop { [pool = line.pool, loop = line.loop] in
                ear.exchange = pool.value.get("/models", to: ear)
                ear.exchange?.letGo(within: .seconds(5), on: loop)
            }
            _ = try await line.get().end()
            #expect(!ear.heard.isOver)
        }
    }

    @Test func lettingGoDoesNotWaitForEver() async throws {
        try await UpstreamLine.run { _, _ in
            .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        } _: { line in
            let ear = try await line.get()
            try await eventually { ear.heard.body == "half" }
            try await line.onLoop { [loop = line.loop] in ear.exchange?.letGo(within: .milliseconds(50), on: loop) }
            try await eventually { line.server.all.closed == [0] }
            #expect(!ear.heard.isOver)
        }
    }
}

@Suite struct UpstreamFetchTests {
    private func fetch(
        _ reply: TinyServer.Reply, mostBytes: Int = 100
    ) async throws -> Result<String, UpstreamFetch.Failed> {
        let result = Result<String, UpstreamFetch.Failed>.failure(.init(description: "nothing came"))
        let box = Box(result)
        try await UpstreamLine.run { _, _ in
            reply
        } _: { line in
            let future = try await line.loop.submit { [pool = line.pool] in
                UpstreamFetch.get("/models", from: pool.value, within: .milliseconds(300), mostBytes: mostBytes)
            }.get()
            do { box.value = .success(String(decoding: try await future.get(), as: UTF8.self)) } catch {
                box.value = .failure(try #require(error as? UpstreamFetch.Failed))
            }
        }
        return box.value
    }

    private final class Box: @unchecked Sendable {
        // Unchecked: written and read one after the other.
        var value: Result<String, UpstreamFetch.Failed>
        init(_ value: Result<String, UpstreamFetch.Failed>) { self.value = value }
    }

    @Test func takesABodyWhole() async throws {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        #expect(try await fetch(.send(answer)).get() == "abc")
    }

    @Test(arguments: [
        (TinyServer.Reply.send("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"), "upstream answered 404"),
        (.send("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"), "upstream answered 302"),
        (
            .send("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + String(repeating: "x", count: 101)),
            "the answer is too large"
        ),
        (.close, "upstream closed the connection"), (.silence, "no answer in time"),
    ])
    func failsWithACause(reply: TinyServer.Reply, why: String) async throws {
        guard case .failure(let failed) = try await fetch(reply) else {
            Issue.record("a failed fetch gave a body")
            return
        }
        #expect(failed.description == why)
    }
}
