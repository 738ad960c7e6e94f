import Pricing
import Testing

@testable import Upstream

@Suite struct ChatCompletionsTests {
    @Test(arguments: [
        "", "{", "[]", "\"text\"", "null", "{\"messages\":[{\"role\":\"user\"}]} x",
    ])
    func refusesWhatIsNoJSONObject(_ text: String) {
        #expect(Bodies.problem(text)?.reason == .invalidJSON)
    }

    @Test func namesADuplicateKeyAndDepth() {
        let twice = Bodies.problem(#"{"model":"a","mod\u0065l":"b","messages":[]}"#)
        #expect(twice?.reason == .duplicateKey)
        #expect(twice?.param == "model")
        let deep = Bodies.problem(String(repeating: "[", count: 200))
        #expect(deep?.reason == .tooDeep)
    }

    @Test(arguments: [
        (#""model":5"#, "model"), (#""model":"""#, "model"), (#""model":["a"]"#, "model"),
        (#""stream":"yes""#, "stream"),
        (#""stream":1"#, "stream"), (#""provider":[]"#, "provider"), (#""provider":"x""#, "provider"),
        (#""stream_options":true"#, "stream_options"), (#""reasoning":"high""#, "reasoning"),
        (#""response_format":"json""#, "response_format"), (#""provider":{"max_price":5}"#, "provider.max_price"),
        (#""provider":{"max_price":{"prompt":-1}}"#, "provider.max_price.prompt"),
        (#""provider":{"max_price":{"prompt":"cheap"}}"#, "provider.max_price.prompt"),
        (#""provider":{"max_price":{"completion":[]}}"#, "provider.max_price.completion"),
        (#""tools":{}"#, "tools"), (#""tools":[5]"#, "tools[0].type"), (#""tools":[{}]"#, "tools[0].type"),
        (#""n":"2""#, "n"), (#""n":0"#, "n"), (#""n":1.0"#, "n"), (#""n":129"#, "n"),
        (#""modalities":"text""#, "modalities"), (#""models":"a/b""#, "models"), (#""models":[5]"#, "models[0]"),
        (#""models":["a/b",""]"#, "models[1]"), (#""plugins":{}"#, "plugins"), (#""plugins":[{}]"#, "plugins[0].id"),
        (#""plugins":[{"id":"web","engine":"exa","max_results":0}]"#, "plugins[0].max_results"),
        (#""tools":[{"type":"openrouter:datetime"}],"stop_server_tools_when":{}"#, "stop_server_tools_when"),
        (
            #""tools":[{"type":"openrouter:datetime"}],"stop_server_tools_when":[{"type":"max_cost"}]"#,
            "stop_server_tools_when[0].max_cost_in_dollars"
        ),
        (#""provider":{"max_price":{"request":"x"}}"#, "provider.max_price.request"),
    ])
    func refusesAFieldOfTheWrongTypeByName(field: String, param: String) {
        let problem = Bodies.problem(with: field)
        #expect(problem?.reason == .invalidField)
        #expect(problem?.param == param)
        #expect(problem?.message.contains("'\(param)'") == true)
    }

    @Test(arguments: [
        (#"{}"#, "messages"), (#"{"messages":null}"#, "messages"), (#"{"messages":{}}"#, "messages"),
        (#"{"messages":"hi"}"#, "messages"), (#"{"messages":[]}"#, "messages"),
        (#"{"messages":["hi"]}"#, "messages[0]"),
        (#"{"messages":[{"role":"user"},{}]}"#, "messages[1].role"),
        (#"{"messages":[{"role":5}]}"#, "messages[0].role"),
        (#"{"messages":[{"role":"user","content":5}]}"#, "messages[0].content"),
        (#"{"messages":[{"role":"user","content":{}}]}"#, "messages[0].content"),
        (#"{"messages":[{"role":"user","content":["x"]}]}"#, "messages[0].content[0].type"),
        (#"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#, "messages[0].content[0].type"),
        (
            #"{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#,
            "messages[0].content[0].image_url"
        ),
        (
            #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":5}}]}]}"#,
            "messages[0].content[0].image_url.url"
        ),
        (
            #"{"messages":[{"role":"user","content":[{"type":"video_url","video_url":{}}]}]}"#,
            "messages[0].content[0].video_url.url"
        ),
        (
            #"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}"#,
            "messages[0].content[0].input_audio.data"
        ),
        (#"{"messages":[{"role":"user","content":[{"type":"file"}]}]}"#, "messages[0].content[0].file"),
    ])
    func refusesMessagesThatAreNone(text: String, param: String) {
        let problem = Bodies.problem(text)
        #expect(problem?.reason == .invalidField)
        #expect(problem?.param == param)
    }

    // MARK: output limits

    @Test(arguments: ["max_tokens", "max_completion_tokens"])
    func takesWholeNumbersFrom1To2147483647AsLimits(name: String) throws {
        for limit in ["1", "256", "2147483647"] {
            #expect(try Bodies.request(with: "\"\(name)\":\(limit)").outputLimit == Int64(limit))
        }
        for text in ["0", "-1", "2147483648", "1.0", "1e3", "\"5\"", "true", "[]", "99999999999999999999"] {
            let problem = Bodies.problem(with: "\"\(name)\":\(text)")
            #expect(problem?.reason == .invalidField)
            #expect(problem?.param == name)
        }
    }

    @Test(
        arguments: [
            ("", nil), (#""max_tokens":null"#, nil), (#""max_tokens":null,"max_completion_tokens":7"#, 7),
            (#""max_tokens":5,"max_completion_tokens":7"#, 7), (#""max_tokens":9,"max_completion_tokens":7"#, 9),
        ] as [(String, Int64?)])
    func takesTheLargerOfBothLimits(fields: String, limit: Int64?) throws {
        #expect(try Bodies.request(with: fields).outputLimit == limit)
    }

    // MARK: what it reads

    @Test func readsModelAndStream() throws {
        let request = try Bodies.request(with: #""model":"openai/gpt-5.2","stream":true"#)
        #expect(request.model == "openai/gpt-5.2")
        #expect(request.isStream)
    }

    @Test func takesNullForAbsent() throws {
        let names = [
            "model", "stream", "max_tokens", "max_completion_tokens", "models", "route", "plugins",
            "web_search_options", "preset",
            "speed", "prediction", "service_tier", "reasoning", "n", "modalities", "cache_control", "tools", "provider",
            "stream_options", "response_format", "user",
        ]
        let request = try Bodies.request(with: names.map { "\"\($0)\":null" }.joined(separator: ","))
        #expect(request.model == nil)
        #expect(!request.isStream)
        #expect(request.needs == [])
        #expect(request.user == nil)
    }

    @Test(
        arguments: [
            ("", []), (#""tools":[]"#, []), (#""tools":[{"type":"function","function":{"name":"f"}}]"#, .tools),
            (#""response_format":{"type":"json_object"}"#, []),
            (#""response_format":{"type":"json_schema"}"#, .jsonSchema),
            (#""reasoning":{"effort":"low"}"#, .reasoning), (#""reasoning_effort":"low""#, .reasoning),
            (
                #""tools":[{"type":"function"}],"response_format":{"type":"json_schema"},"reasoning":{}"#,
                [.tools, .jsonSchema, .reasoning]
            ),
            (#""modalities":["text","image","audio"]"#, [.paints, .speaks]),
        ] as [(String, Capabilities)])
    func knowsWhatTheModelMustBeAbleToDo(fields: String, needs: Capabilities) throws {
        #expect(try Bodies.request(with: fields).needs == needs)
    }

    @Test(arguments: [
        (#"{"role":"user","content":"hi"}"#, false), (#"{"role":"tool","content":"42"}"#, true),
        (#"{"role":"function","content":"42"}"#, true),
        (#"{"role":"tool","content":"42"},{"role":"user","content":"and?"}"#, false),
        (#"{"role":"assistant","reasoning_details":[{"type":"reasoning.text","text":"x"}]}"#, false),
        (#"{"role":"assistant","reasoning_details":[{"type":"reasoning.text","signature":null}]}"#, false),
        (
            #"{"role":"assistant","reasoning_details":[{"type":"reasoning.text","signature":"c2ln"}]},{"role":"user"}"#,
            true
        ),
        (
            #"{"role":"assistant","reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]},{"role":"user"}"#,
            true
        ),
        (#"{"role":"assistant","reasoning_details":null},{"role":"user"}"#, false),
    ])
    func knowsConversationsThatOnlyTheirVendorCanGoOnWith(messages: String, stays: Bool) throws {
        #expect(
            try PricedRequest(Array(#"{"messages":[\#(messages)]}"#.utf8), at: .chatCompletions).staysWithVendor
                == stays)
    }

    @Test(
        arguments: [
            (#""user":"u1","safety_identifier":"u2","metadata":{"user_id":"u3"}"#, "u1"),
            (#""safety_identifier":"u2","metadata":{"user_id":"u3"}"#, "u2"), (#""metadata":{"user_id":"u3"}"#, "u3"),
            ("", nil),
            (#""user":5"#, nil),
        ] as [(String, String?)])
    func findsTheUser(fields: String, user: String?) throws {
        #expect(try Bodies.request(with: fields).user == user)
    }

    @Test(arguments: [(#""session_id":"s1""#, "s1"), (#""session_id":7"#, nil), ("", nil)] as [(String, String?)])
    func findsTheRun(fields: String, run: String?) throws {
        #expect(try Bodies.request(with: fields).run == run)
    }

    @Test func survivesKeysThatAreEqualAsTextButNotAsBytes() throws {
        _ = try Bodies.request(with: #""é":1,"e\u0301":2,"\ud800":3,"\udbff":4"#)
    }

    // MARK: the input's bound

    @Test(arguments: 1...4)
    func boundsTheInputByEveryByteOfIt(seed: UInt64) throws {
        var texts = JSONTexts(seed: seed)
        for _ in 0..<200 {
            let junk = String(decoding: texts.document(), as: UTF8.self)
            let body =
                #"{"messages":[{"role":"user","content":"hi","extra":\#(junk)},{"role":"user"}],"other":\#(junk)}"#
            let request = try PricedRequest(Array(body.utf8), at: .chatCompletions)
            let decoded = request.document.nodes.indices.reduce(0) {
                $0 + (JSONValue(document: request.document, index: $1).string?.utf8.count ?? 0)
            }
            #expect(request.inputTokensBound >= Int64(decoded + 2 * 16))
        }
    }

    @Test func addsWhatTemplatesMayAdd() throws {
        let plain = try Bodies.request(with: "")
        let bytes = Int64(plain.document.bytes.count)
        #expect(plain.inputTokensBound == bytes + 64 + 16)
        let tools = try Bodies.request(with: #""tools":[{"type":"function"},{"type":"function"}]"#)
        #expect(tools.inputTokensBound == Int64(tools.document.bytes.count) + 64 + 16 + 2 * 32 + 600)
    }
}

/// Bodies with one message and some fields.
enum Bodies {
    static func text(with fields: String) -> String {
        #"{"messages":[{"role":"user","content":"hi"}]\#(fields.isEmpty ? "" : ",")\#(fields)}"#
    }

    static func request(with fields: String) throws(RequestProblem) -> PricedRequest {
        try PricedRequest(Array(text(with: fields).utf8), at: .chatCompletions)
    }

    static func problem(with fields: String) -> RequestProblem? { problem(text(with: fields)) }

    static func problem(_ text: String) -> RequestProblem? {
        do {
            _ = try PricedRequest(Array(text.utf8), at: .chatCompletions)
            return nil
        } catch {
            return error
        }
    }
}
