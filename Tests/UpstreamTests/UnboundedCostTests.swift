import Testing

@testable import Upstream

/// Fields whose cost has no bound that we can price yet, each refused by its name.
@Suite struct UnboundedCostTests {
    @Test(arguments: [
        (#""models":["a/b","c/d"]"#, "models"), (#""models":"a/b""#, "models"), (#""route":"fallback""#, "route"),
        (#""plugins":[{"id":"web"}]"#, "plugins"), (#""web_search_options":{}"#, "web_search_options"),
        (#""preset":"mine""#, "preset"), (#""speed":"fast""#, "speed"),
        (#""prediction":{"type":"content","content":"x"}"#, "prediction"), (#""service_tier":"flex""#, "service_tier"),
        (#""service_tier":"priority""#, "service_tier"), (#""service_tier":"auto""#, "service_tier"),
        (#""service_tier":5"#, "service_tier"), (#""reasoning":{"mode":"pro"}"#, "reasoning.mode"), (#""n":2"#, "n"),
        (#""modalities":["text","audio"]"#, "modalities"), (#""modalities":["image"]"#, "modalities"),
        (#""modalities":[5]"#, "modalities"),
        (#""cache_control":{"type":"ephemeral","ttl":"1h"}"#, "cache_control.ttl"),
        (#""tools":[{"type":"web_search"}]"#, "tools[0].type"),
        (#""tools":[{"type":"function"},{"type":"openrouter:web_search"}]"#, "tools[1].type"),
        (#""tools":[{"type":"function","cache_control":{"ttl":"1h"}}]"#, "tools[0].cache_control.ttl"),
        (#""mod\u0065ls":["a/b"]"#, "models"),
        (#""provider":{"only":["openai/priority"]}"#, "provider.only"),
        (#""provider":{"order":["azure","OpenAI/Fast"]}"#, "provider.order"),
    ])
    func refusesTheField(field: String, param: String) {
        let problem = Bodies.problem(with: field)
        #expect(problem?.reason == .unboundedCost)
        #expect(problem?.param == param)
        #expect(problem?.message.contains("'\(param)'") == true)
    }

    @Test(arguments: ["image_url", "input_audio", "file", "video_url", "input_text", ""])
    func refusesAPartThatIsNoText(type: String) {
        let body = #"{"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"\#(type)"}]}]}"#
        let problem = Bodies.problem(body)
        #expect(problem?.reason == .unboundedCost)
        #expect(problem?.param == "messages[0].content[1].type")
    }

    @Test(arguments: [
        (#""audio":{"id":"x"}"#, "messages[0].audio"), (#""images":[{}]"#, "messages[0].images"),
        (#""cache_control":{"ttl":"1h"}"#, "messages[0].cache_control.ttl"),
        (#""content":[{"type":"text","cache_control":{"ttl":"1h"}}]"#, "messages[0].content[0].cache_control.ttl"),
    ])
    func refusesTheMessagesField(field: String, param: String) {
        let problem = Bodies.problem(#"{"messages":[{"role":"assistant",\#(field)}]}"#)
        #expect(problem?.reason == .unboundedCost)
        #expect(problem?.param == param)
    }

    @Test(arguments: [
        "openai/gpt-5.2:nitro", "openai/gpt-5.2:online", "openai/gpt-5.2:batch", "openai/gpt-5.2:BATCH",
        "openrouter/auto",
        "OpenRouter/Auto", "openrouter/auto-beta", "openrouter/free", "openrouter/fusion", "openrouter/pareto-code",
        "openrouter/bodybuilder", "~openai/gpt-latest", "@preset/mine", "openai/gpt-5.2@preset/mine",
    ])
    func refusesTheModel(name: String) {
        let problem = Bodies.problem(with: #""model":"\#(name)""#)
        #expect(problem?.reason == .unboundedCost)
        #expect(problem?.param == "model")
    }

    @Test(arguments: [
        #""transforms":["middle-out"]"#, #""provider":{"order":["azure"],"sort":"price","allow_fallbacks":false}"#,
        #""reasoning":{"effort":"high","exclude":true}"#, #""reasoning":{"mode":null}"#, #""reasoning_effort":"high""#,
        #""response_format":{"type":"json_schema","json_schema":{"schema":{}}}"#, #""service_tier":"default""#,
        #""n":1"#,
        #""modalities":["text"]"#, #""modalities":[]"#, #""models":[]"#, #""plugins":[]"#,
        #""cache_control":{"type":"ephemeral"}"#,
        #""cache_control":{"ttl":null}"#, #""tools":[{"type":"function","function":{"name":"f","parameters":{}}}]"#,
        #""tool_choice":"auto""#, #""parallel_tool_calls":false"#, #""stop":["x"]"#, #""temperature":0.7"#,
        #""seed":42"#,
        #""logprobs":true,"top_logprobs":5"#, #""unknown_field":{"of":["any",1,"kind"]}"#,
        #""metadata":{"models":["a"]}"#,
        #""model":"openai/gpt-5.2:free""#, #""model":"openai/gpt-5.2:thinking""#, #""model":"openrouter/horizon""#,
        #""provider":{"max_price":{"prompt":1,"completion":"2.5","image":3}}"#,
    ])
    func passes(_ field: String) {
        #expect(Bodies.problem(with: field) == nil)
    }

    @Test func passesTextParts() {
        let body =
            #"{"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"refusal","refusal":"no"}]}]}"#
        #expect(Bodies.problem(body) == nil)
    }
}
