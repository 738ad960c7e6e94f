/// A few models that are known without asking, so that the sandbox and a first start have prices.
///
/// A seed, not a price source: prices move, and a gateway with a network fetches the live list.
public enum BundledCatalogue {
    /// Eleven text models in the shape of OpenRouter's `GET /models`, by name, with tiers, cache writes and a free
    /// variant among them.
    ///
    /// Source: OpenRouter's public list, `GET https://openrouter.ai/api/v1/models`, captured 2026-08-21. Prices are
    /// that list's decimal texts, the top provider's, in USD per unit. The choice is ours; descriptions and other
    /// facts that nothing here needs are left out.
    public static let json: String = #"""
        {
          "data": [
            {
              "id": "anthropic/claude-haiku-4.5", "canonical_slug": "anthropic/claude-4.5-haiku-20251001",
              "context_length": 200000,
              "architecture": {
                "input_modalities": ["text", "image", "file"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.000001", "completion": "0.000005", "web_search": "0.01", "input_cache_read": "0.0000001",
                "input_cache_write": "0.00000125", "input_cache_write_1h": "0.000002"
              },
              "top_provider": {"context_length": 200000, "max_completion_tokens": 64000},
              "supported_parameters": [
                "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "response_format", "stop",
                "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_p"
              ]
            },
            {
              "id": "anthropic/claude-sonnet-4.5", "canonical_slug": "anthropic/claude-4.5-sonnet-20250929",
              "context_length": 1000000,
              "architecture": {
                "input_modalities": ["text", "image", "file"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.000003", "completion": "0.000015", "web_search": "0.01", "input_cache_read": "0.0000003",
                "input_cache_write": "0.00000375", "input_cache_write_1h": "0.000006",
                "overrides": [
                  {
                    "min_prompt_tokens": 200000, "prompt": "0.000006", "completion": "0.0000225",
                    "input_cache_read": "0.0000006", "input_cache_write": "0.0000075",
                    "input_cache_write_1h": "0.000012"
                  }
                ]
              },
              "top_provider": {"context_length": 1000000, "max_completion_tokens": 64000},
              "supported_parameters": [
                "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "response_format", "stop",
                "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_p"
              ]
            },
            {
              "id": "deepseek/deepseek-v3.2", "canonical_slug": "deepseek/deepseek-v3.2-20251201",
              "context_length": 163840,
              "architecture": {
                "input_modalities": ["text"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.000000269", "completion": "0.0000004", "input_cache_read": "0.0000001345"
              },
              "top_provider": {"context_length": 163840, "max_completion_tokens": 65536},
              "supported_parameters": [
                "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "min_p",
                "presence_penalty", "reasoning", "repetition_penalty", "response_format", "seed", "stop",
                "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
              ]
            },
            {
              "id": "google/gemini-2.5-flash", "canonical_slug": "google/gemini-2.5-flash",
              "context_length": 1048576,
              "architecture": {
                "input_modalities": ["file", "image", "text", "audio", "video"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.0000003", "completion": "0.0000025", "image": "0.0000003", "audio": "0.000001",
                "input_audio_cache": "0.0000001", "web_search": "0.014", "internal_reasoning": "0.0000025",
                "input_cache_read": "0.00000003", "input_cache_write": "0.0000000833333333333333"
              },
              "top_provider": {"context_length": 1048576, "max_completion_tokens": 65535},
              "supported_parameters": [
                "include_reasoning", "max_tokens", "reasoning", "response_format", "seed", "stop",
                "structured_outputs",
                "temperature", "tool_choice", "tools", "top_p"
              ]
            },
            {
              "id": "google/gemini-2.5-pro", "canonical_slug": "google/gemini-2.5-pro",
              "context_length": 1048576,
              "architecture": {
                "input_modalities": ["text", "image", "file", "audio", "video"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.00000125", "completion": "0.00001", "image": "0.00000125", "audio": "0.00000125",
                "input_audio_cache": "0.000000125", "web_search": "0.014", "internal_reasoning": "0.00001",
                "input_cache_read": "0.000000125", "input_cache_write": "0.000000375",
                "overrides": [
                  {
                    "min_prompt_tokens": 200000, "prompt": "0.0000025", "completion": "0.000015",
                    "audio": "0.0000025",
                    "input_audio_cache": "0.00000025", "input_cache_read": "0.00000025"
                  }
                ]
              },
              "top_provider": {"context_length": 1048576, "max_completion_tokens": 65536},
              "supported_parameters": [
                "include_reasoning", "max_tokens", "reasoning", "response_format", "seed", "stop",
                "structured_outputs",
                "temperature", "tool_choice", "tools", "top_p"
              ]
            },
            {
              "id": "meta-llama/llama-3.1-8b-instruct", "canonical_slug": "meta-llama/llama-3.1-8b-instruct",
              "context_length": 131072,
              "architecture": {
                "input_modalities": ["text"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.00000005", "completion": "0.00000008", "input_cache_read": "0.000000025"
              },
              "top_provider": {"context_length": 131072, "max_completion_tokens": 131072},
              "supported_parameters": [
                "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "min_p", "presence_penalty",
                "repetition_penalty", "response_format", "seed", "stop", "structured_outputs", "temperature",
                "tool_choice",
                "tools", "top_k", "top_logprobs", "top_p"
              ]
            },
            {
              "id": "openai/gpt-4o-mini", "canonical_slug": "openai/gpt-4o-mini",
              "context_length": 128000,
              "architecture": {
                "input_modalities": ["text", "image", "file"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.00000015", "completion": "0.0000006", "input_cache_read": "0.000000075"
              },
              "top_provider": {"context_length": 128000, "max_completion_tokens": 16384},
              "supported_parameters": [
                "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "prediction",
                "presence_penalty", "response_format", "seed", "stop", "structured_outputs", "temperature",
                "tool_choice",
                "tools", "top_logprobs", "top_p", "web_search_options"
              ]
            },
            {
              "id": "openai/gpt-5-mini", "canonical_slug": "openai/gpt-5-mini-2025-08-07",
              "context_length": 400000,
              "architecture": {
                "input_modalities": ["text", "image", "file"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.00000025", "completion": "0.000002", "web_search": "0.01",
                "input_cache_read": "0.000000025"
              },
              "top_provider": {"context_length": 400000, "max_completion_tokens": 128000},
              "supported_parameters": [
                "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
                "response_format", "seed", "structured_outputs", "tool_choice", "tools"
              ]
            },
            {
              "id": "openai/gpt-5.2", "canonical_slug": "openai/gpt-5.2-20251211",
              "context_length": 400000,
              "architecture": {
                "input_modalities": ["file", "image", "text"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.00000175", "completion": "0.000014", "web_search": "0.01",
                "input_cache_read": "0.000000175"
              },
              "top_provider": {"context_length": 400000, "max_completion_tokens": 128000},
              "supported_parameters": [
                "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
                "response_format", "seed", "structured_outputs", "tool_choice", "tools"
              ]
            },
            {
              "id": "openai/gpt-oss-20b:free", "canonical_slug": "openai/gpt-oss-20b",
              "context_length": 131072,
              "architecture": {
                "input_modalities": ["text"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0", "completion": "0"
              },
              "top_provider": {"context_length": 131072, "max_completion_tokens": 32768},
              "supported_parameters": [
                "frequency_penalty", "include_reasoning", "logprobs", "max_tokens", "presence_penalty", "reasoning",
                "reasoning_effort", "repetition_penalty", "response_format", "seed", "stop", "structured_outputs",
                "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
              ]
            },
            {
              "id": "qwen/qwen3-30b-a3b-instruct-2507", "canonical_slug": "qwen/qwen3-30b-a3b-instruct-2507",
              "context_length": 262144,
              "architecture": {
                "input_modalities": ["text"],
                "output_modalities": ["text"]
              },
              "pricing": {
                "prompt": "0.00000004815", "completion": "0.00000019305"
              },
              "top_provider": {"context_length": 128000, "max_completion_tokens": 32000},
              "supported_parameters": [
                "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "presence_penalty", "repetition_penalty",
                "response_format", "seed", "stop", "structured_outputs", "temperature", "tool_choice", "tools",
                "top_k",
                "top_logprobs", "top_p"
              ]
            }
          ]
        }
        """#
}
