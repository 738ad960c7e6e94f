extension BundledCatalogue {
    /// With prices by the clock, searches on every call, and small models.
    static let others = #"""
        {
          "id": "amazon/nova-lite-v1", "canonical_slug": "amazon/nova-lite-v1",
          "context_length": 300000,
          "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.00000006", "completion": "0.00000024"},
          "top_provider": {"context_length": 300000, "max_completion_tokens": 5120},
          "supported_parameters": ["max_tokens", "stop", "temperature", "tools", "top_k", "top_p"]
        },
        {
          "id": "deepseek/deepseek-v3.2", "canonical_slug": "deepseek/deepseek-v3.2-20251201",
          "context_length": 163840,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.000000269", "completion": "0.0000004", "input_cache_read": "0.0000001345"},
          "top_provider": {"context_length": 163840, "max_completion_tokens": 65536},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "min_p",
            "presence_penalty", "reasoning", "repetition_penalty", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "deepseek/deepseek-v4-flash", "canonical_slug": "deepseek/deepseek-v4-flash-20260423",
          "context_length": 1048576,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.00000008106", "completion": "0.00000016212", "input_cache_read": "0.000000016212"
          },
          "top_provider": {"context_length": 1024000, "max_completion_tokens": 384000},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_completion_tokens",
            "max_tokens", "min_p", "presence_penalty", "reasoning", "reasoning_effort", "repetition_penalty",
            "response_format", "seed", "stop", "structured_outputs", "temperature", "tool_choice", "tools",
            "top_a", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "deepseek/deepseek-v4-flash-vision-exp", "canonical_slug": "deepseek/deepseek-v4-flash-vision-exp-20260821",
          "context_length": 1048576,
          "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.00000022", "completion": "0.00000066", "input_cache_read": "0.000000007",
            "overrides": [
              {
                "utc_start": 1000, "utc_end": 100, "prompt": "0.00000022", "completion": "0.00000066",
                "input_cache_read": "0.000000007"
              },
              {
                "utc_start": 100, "utc_end": 400, "prompt": "0.00000044", "completion": "0.00000132",
                "input_cache_read": "0.000000014"
              },
              {
                "utc_start": 400, "utc_end": 600, "prompt": "0.00000022", "completion": "0.00000066",
                "input_cache_read": "0.000000007"
              },
              {
                "utc_start": 600, "utc_end": 1000, "prompt": "0.00000044", "completion": "0.00000132",
                "input_cache_read": "0.000000014"
              }
            ]
          },
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 384000},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logprobs", "max_tokens", "presence_penalty", "reasoning",
            "reasoning_effort", "response_format", "stop", "temperature", "tool_choice", "tools", "top_logprobs",
            "top_p"
          ]
        },
        {
          "id": "meta-llama/llama-3.1-8b-instruct", "canonical_slug": "meta-llama/llama-3.1-8b-instruct",
          "context_length": 131072,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.00000005", "completion": "0.00000008", "input_cache_read": "0.000000025"},
          "top_provider": {"context_length": 131072, "max_completion_tokens": 131072},
          "supported_parameters": [
            "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "min_p", "presence_penalty",
            "repetition_penalty", "response_format", "seed", "stop", "structured_outputs", "temperature",
            "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "meta-llama/llama-3.3-70b-instruct", "canonical_slug": "meta-llama/llama-3.3-70b-instruct",
          "context_length": 131072,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.0000001", "completion": "0.00000032"},
          "top_provider": {"context_length": 131072, "max_completion_tokens": 16384},
          "supported_parameters": [
            "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "min_p", "presence_penalty",
            "repetition_penalty", "response_format", "seed", "stop", "structured_outputs", "temperature",
            "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "minimax/minimax-m3", "canonical_slug": "minimax/minimax-m3-20260531",
          "context_length": 1048576,
          "architecture": {"input_modalities": ["text", "image", "video"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.0000003", "completion": "0.0000012", "input_cache_read": "0.00000006"},
          "top_provider": {"context_length": 524288, "max_completion_tokens": 512000},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "min_p",
            "presence_penalty", "reasoning", "repetition_penalty", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "mistralai/codestral-2508", "canonical_slug": "mistralai/codestral-2508",
          "context_length": 256000,
          "architecture": {"input_modalities": ["text", "file"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.0000003", "completion": "0.0000009", "input_cache_read": "0.00000003"},
          "top_provider": {"context_length": 256000, "max_completion_tokens": null},
          "supported_parameters": [
            "frequency_penalty", "max_tokens", "prediction", "presence_penalty", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "mistralai/mistral-medium-3.1", "canonical_slug": "mistralai/mistral-medium-3.1",
          "context_length": 131072,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.0000004", "completion": "0.000002", "input_cache_read": "0.00000004"},
          "top_provider": {"context_length": 131072, "max_completion_tokens": null},
          "supported_parameters": [
            "frequency_penalty", "max_tokens", "presence_penalty", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "mistralai/voxtral-small-24b-2507", "canonical_slug": "mistralai/voxtral-small-24b-2507",
          "context_length": 32000,
          "architecture": {"input_modalities": ["text", "audio", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.0000001", "completion": "0.0000003", "audio": "0.0001", "input_cache_read": "0.00000001"
          },
          "top_provider": {"context_length": 32000, "max_completion_tokens": null},
          "supported_parameters": [
            "frequency_penalty", "max_tokens", "presence_penalty", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "moonshotai/kimi-k3", "canonical_slug": "moonshotai/kimi-k3-20260715",
          "context_length": 1048576,
          "architecture": {"input_modalities": ["text", "image", "video"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003"},
          "top_provider": {"context_length": 1048576, "max_completion_tokens": null},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "min_p",
            "presence_penalty", "reasoning", "reasoning_effort", "repetition_penalty", "response_format", "seed",
            "stop", "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "perplexity/sonar", "canonical_slug": "perplexity/sonar",
          "context_length": 127072,
          "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.000001", "completion": "0.000001", "web_search": "0.005"},
          "top_provider": {"context_length": 127072, "max_completion_tokens": null},
          "supported_parameters": [
            "frequency_penalty", "max_tokens", "presence_penalty", "temperature", "top_k", "top_p",
            "web_search_options"
          ]
        },
        {
          "id": "perplexity/sonar-pro", "canonical_slug": "perplexity/sonar-pro",
          "context_length": 200000,
          "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.000003", "completion": "0.000015", "web_search": "0.005"},
          "top_provider": {"context_length": 200000, "max_completion_tokens": 8000},
          "supported_parameters": [
            "frequency_penalty", "max_tokens", "presence_penalty", "temperature", "top_k", "top_p",
            "web_search_options"
          ]
        },
        {
          "id": "qwen/qwen3-30b-a3b-instruct-2507", "canonical_slug": "qwen/qwen3-30b-a3b-instruct-2507",
          "context_length": 262144,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.00000004815", "completion": "0.00000019305"},
          "top_provider": {"context_length": 128000, "max_completion_tokens": 32000},
          "supported_parameters": [
            "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "presence_penalty", "repetition_penalty",
            "response_format", "seed", "stop", "structured_outputs", "temperature", "tool_choice", "tools",
            "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "qwen/qwen3-coder", "canonical_slug": "qwen/qwen3-coder-480b-a35b-07-25",
          "context_length": 262144,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.0000003", "completion": "0.000001", "input_cache_read": "0.0000001"},
          "top_provider": {"context_length": 262144, "max_completion_tokens": 65536},
          "supported_parameters": [
            "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "min_p", "presence_penalty",
            "repetition_penalty", "response_format", "seed", "stop", "structured_outputs", "temperature",
            "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "qwen/qwen3-max", "canonical_slug": "qwen/qwen3-max",
          "context_length": 262144,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.00000078", "completion": "0.0000039", "input_cache_read": "0.000000156",
            "input_cache_write": "0.000000975",
            "overrides": [
              {
                "min_prompt_tokens": 32000, "prompt": "0.00000156", "completion": "0.0000078",
                "input_cache_read": "0.000000312", "input_cache_write": "0.00000195"
              },
              {
                "min_prompt_tokens": 128000, "prompt": "0.00000195", "completion": "0.00000975",
                "input_cache_read": "0.00000039", "input_cache_write": "0.0000024375"
              }
            ]
          },
          "top_provider": {"context_length": 262144, "max_completion_tokens": 65536},
          "supported_parameters": [
            "frequency_penalty", "logprobs", "max_tokens", "presence_penalty", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "x-ai/grok-4.3", "canonical_slug": "x-ai/grok-4.3-20260430",
          "context_length": 1000000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.00000125", "completion": "0.0000025", "web_search": "0.005",
            "input_cache_read": "0.0000002",
            "overrides": [
              {
                "min_prompt_tokens": 200000, "prompt": "0.0000025", "completion": "0.000005",
                "input_cache_read": "0.0000004"
              }
            ]
          },
          "top_provider": {"context_length": 1000000, "max_completion_tokens": null},
          "supported_parameters": [
            "include_reasoning", "logprobs", "max_tokens", "reasoning", "reasoning_effort", "response_format",
            "seed", "structured_outputs", "temperature", "tool_choice", "tools", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "z-ai/glm-5.2", "canonical_slug": "z-ai/glm-5.2-20260616",
          "context_length": 1048576,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.000000966", "completion": "0.000003036", "input_cache_read": "0.0000001932"},
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 131072},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "min_p",
            "parallel_tool_calls", "presence_penalty", "reasoning", "reasoning_effort", "repetition_penalty",
            "response_format", "seed", "stop", "structured_outputs", "temperature", "tool_choice", "tools",
            "top_k", "top_logprobs", "top_p"
          ]
        }
        """#
}
