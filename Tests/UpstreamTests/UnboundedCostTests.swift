import Testing

@testable import Upstream

/// Fields whose cost has no bound, each refused by its name.
@Suite struct UnboundedCostTests {
    @Test(arguments: [
        (#""models":["a/b","openrouter/auto"]"#, "models[1]"), (#""models":["~a/latest"]"#, "models[0]"),
        (#""route":"fallback""#, "route"), (#""web_search_options":{}"#, "web_search_options"),
        (#""plugins":[{"id":"web"}]"#, "plugins[0].engine"), (#""plugins":[{"id":"fusion"}]"#, "plugins[0].id"),
        (#""plugins":[{"id":"web","engine":"native"}]"#, "plugins[0].engine"),
        (#""plugins":[{"id":"file-parser"},{"id":"web-fetch"}]"#, "plugins[1].id"),
        (#""plugins":[{"id":"auto-router"}]"#, "plugins[0].id"), (#""plugins":[{"id":"moderation"}]"#, "plugins[0].id"),
        (#""preset":"mine""#, "preset"), (#""speed":"fast""#, "speed"),
        (#""service_tier":"priority""#, "service_tier"), (#""service_tier":"auto""#, "service_tier"),
        (#""service_tier":5"#, "service_tier"), (#""reasoning":{"mode":"pro"}"#, "reasoning.mode"),
        (#""modalities":["text","video"]"#, "modalities"), (#""modalities":[5]"#, "modalities"),
        (#""cache_control":{"type":"ephemeral","ttl":"24h"}"#, "cache_control.ttl"),
        (#""tools":[{"type":"web_search"}]"#, "tools[0].type"),
        (#""tools":[{"type":"function"},{"type":"openrouter:fusion"}]"#, "tools[1].type"),
        (#""tools":[{"type":"openrouter:datetime"}]"#, "tools"),
        (#""tools":[{"type":"openrouter:web_search"}]"#, "tools[0].parameters.engine"),
        (#""tools":[{"type":"openrouter:web_search","parameters":{"engine":"exa"}}]"#, "tools"),
        (
            #""tools":[{"type":"openrouter:web_fetch"}],"stop_server_tools_when":[{"type":"step_count_is","count":2}]"#,
            "tools"
        ),
        (#""tools":[{"type":"function","cache_control":{"ttl":5}}]"#, "tools[0].cache_control.ttl"),
        (#""mod\u0065ls":["openrouter/auto"]"#, "models[0]"),
        (#""provider":{"only":["openai/priority"]}"#, "provider.only"),
        (#""provider":{"order":["azure","OpenAI/Fast"]}"#, "provider.order"),
    ])
    func refusesTheField(field: String, param: String) {
        let problem = Bodies.problem(with: field)
        #expect(problem?.reason == .unboundedCost)
        #expect(problem?.param == param)
        #expect(problem?.message.contains("'\(param)'") == true)
    }

    @Test(arguments: ["input_text", "image", "video", ""])
    func refusesAPartThatHasNoPrice(type: String) {
        let body = #"{"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"\#(type)"}]}]}"#
        let problem = Bodies.problem(body)
        #expect(problem?.reason == .unboundedCost)
        #expect(problem?.param == "messages[0].content[1].type")
    }

    @Test(arguments: [
        (#""images":[{"type":"x"}]"#, "messages[0].images[0].type"),
        (#""cache_control":{"ttl":"2h"}"#, "messages[0].cache_control.ttl"),
        (#""content":[{"type":"text","cache_control":{"ttl":"2h"}}]"#, "messages[0].content[0].cache_control.ttl"),
        (#""content":[{"type":"file","file":{"file_id":"f-1"}}]"#, "messages[0].content[0].file.file_id"),
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
        #""service_tier":"flex""#, #""n":1"#, #""n":128"#, #""models":["a/b","c/d"]"#,
        #""prediction":{"type":"content","content":"x"}"#, #""cache_control":{"type":"ephemeral","ttl":"1h"}"#,
        #""modalities":["text","audio"]"#, #""modalities":["image"]"#,
        #""plugins":[{"id":"web","engine":"exa"}]"#, #""plugins":[{"id":"fusion","enabled":false}]"#,
        #""plugins":[{"id":"file-parser"},{"id":"context-compression"},{"id":"response-healing"}]"#,
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
