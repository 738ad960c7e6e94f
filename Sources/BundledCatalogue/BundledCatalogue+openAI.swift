extension BundledCatalogue {
    /// With cache writes that nobody asks for, a free variant, one that paints and one that speaks.
    static let openAI = #"""
        {
          "id": "openai/gpt-4.1", "canonical_slug": "openai/gpt-4.1-2025-04-14",
          "context_length": 1047576,
          "architecture": {"input_modalities": ["image", "text", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.000002", "completion": "0.000008", "web_search": "0.01", "input_cache_read": "0.0000005"
          },
          "top_provider": {"context_length": 1047576, "max_completion_tokens": 32768},
          "supported_parameters": [
            "max_completion_tokens", "max_tokens", "response_format", "seed", "structured_outputs", "temperature",
            "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "openai/gpt-4.1-nano", "canonical_slug": "openai/gpt-4.1-nano-2025-04-14",
          "context_length": 1047576,
          "architecture": {"input_modalities": ["image", "text", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.0000001", "completion": "0.0000004", "web_search": "0.01",
            "input_cache_read": "0.000000025"
          },
          "top_provider": {"context_length": 1047576, "max_completion_tokens": 32768},
          "supported_parameters": [
            "max_completion_tokens", "max_tokens", "response_format", "seed", "structured_outputs", "temperature",
            "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "openai/gpt-4o", "canonical_slug": "openai/gpt-4o",
          "context_length": 128000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.0000025", "completion": "0.00001", "input_cache_read": "0.00000125"},
          "top_provider": {"context_length": 128000, "max_completion_tokens": 16384},
          "supported_parameters": [
            "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "prediction",
            "presence_penalty", "response_format", "seed", "stop", "structured_outputs", "temperature",
            "tool_choice", "tools", "top_logprobs", "top_p", "web_search_options"
          ]
        },
        {
          "id": "openai/gpt-4o-mini", "canonical_slug": "openai/gpt-4o-mini",
          "context_length": 128000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.00000015", "completion": "0.0000006", "input_cache_read": "0.000000075"},
          "top_provider": {"context_length": 128000, "max_completion_tokens": 16384},
          "supported_parameters": [
            "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "prediction",
            "presence_penalty", "response_format", "seed", "stop", "structured_outputs", "temperature",
            "tool_choice", "tools", "top_logprobs", "top_p", "web_search_options"
          ]
        },
        {
          "id": "openai/gpt-5", "canonical_slug": "openai/gpt-5-2025-08-07",
          "context_length": 400000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.00000125", "completion": "0.00001", "web_search": "0.01",
            "input_cache_read": "0.000000125"
          },
          "top_provider": {"context_length": 400000, "max_completion_tokens": 128000},
          "supported_parameters": [
            "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
            "response_format", "seed", "structured_outputs", "tool_choice", "tools"
          ]
        },
        {
          "id": "openai/gpt-5-image-mini", "canonical_slug": "openai/gpt-5-image-mini",
          "context_length": 400000,
          "architecture": {"input_modalities": ["file", "image", "text"], "output_modalities": ["image", "text"]},
          "pricing": {
            "prompt": "0.0000025", "completion": "0.000002", "image_output": "0.000008", "web_search": "0.01",
            "input_cache_read": "0.00000025"
          },
          "top_provider": {"context_length": 400000, "max_completion_tokens": 128000},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "presence_penalty",
            "reasoning", "response_format", "seed", "stop", "structured_outputs", "temperature", "top_logprobs",
            "top_p"
          ]
        },
        {
          "id": "openai/gpt-5-mini", "canonical_slug": "openai/gpt-5-mini-2025-08-07",
          "context_length": 400000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
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
          "id": "openai/gpt-5-nano", "canonical_slug": "openai/gpt-5-nano-2025-08-07",
          "context_length": 400000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.00000005", "completion": "0.0000004", "web_search": "0.01",
            "input_cache_read": "0.000000005"
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
          "architecture": {"input_modalities": ["file", "image", "text"], "output_modalities": ["text"]},
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
          "id": "openai/gpt-5.5", "canonical_slug": "openai/gpt-5.5-20260423",
          "context_length": 1050000,
          "architecture": {"input_modalities": ["file", "image", "text"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.000005", "completion": "0.00003", "web_search": "0.01", "input_cache_read": "0.0000005",
            "overrides": [
              {
                "min_prompt_tokens": 272000, "prompt": "0.00001", "completion": "0.000045",
                "input_cache_read": "0.000001"
              }
            ]
          },
          "top_provider": {"context_length": 1050000, "max_completion_tokens": 128000},
          "supported_parameters": [
            "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
            "response_format", "seed", "structured_outputs", "tool_choice", "tools"
          ]
        },
        {
          "id": "openai/gpt-5.6-sol", "canonical_slug": "openai/gpt-5.6-sol-20260709",
          "context_length": 1050000,
          "architecture": {"input_modalities": ["file", "image", "text"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.0000025", "completion": "0.000015", "web_search": "0.01",
            "input_cache_read": "0.00000025", "input_cache_write": "0.000003125",
            "overrides": [
              {
                "min_prompt_tokens": 272000, "prompt": "0.000005", "completion": "0.0000225",
                "input_cache_read": "0.0000005", "input_cache_write": "0.00000625"
              }
            ]
          },
          "top_provider": {"context_length": 1050000, "max_completion_tokens": 128000},
          "supported_parameters": [
            "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
            "response_format", "seed", "structured_outputs", "tool_choice", "tools"
          ]
        },
        {
          "id": "openai/gpt-audio-mini", "canonical_slug": "openai/gpt-audio-mini",
          "context_length": 128000,
          "architecture": {"input_modalities": ["text", "audio"], "output_modalities": ["text", "audio"]},
          "pricing": {
            "prompt": "0.0000006", "completion": "0.0000024", "audio": "0.0000006", "audio_output": "0.0000024"
          },
          "top_provider": {"context_length": 128000, "max_completion_tokens": 16384},
          "supported_parameters": [
            "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "presence_penalty", "response_format",
            "seed", "stop", "structured_outputs", "temperature", "tool_choice", "tools", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "openai/gpt-oss-120b", "canonical_slug": "openai/gpt-oss-120b",
          "context_length": 131072,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.00000003", "completion": "0.00000017", "input_cache_read": "0.00000003"},
          "top_provider": {"context_length": 131072, "max_completion_tokens": 131072},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "min_p",
            "presence_penalty", "reasoning", "reasoning_effort", "repetition_penalty", "response_format", "seed",
            "stop", "structured_outputs", "temperature", "tool_choice", "tools", "top_a", "top_k", "top_logprobs",
            "top_p"
          ]
        },
        {
          "id": "openai/gpt-oss-20b", "canonical_slug": "openai/gpt-oss-20b",
          "context_length": 131072,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0.00000003", "completion": "0.00000013", "input_cache_read": "0.00000003"},
          "top_provider": {"context_length": 131072, "max_completion_tokens": 131072},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_tokens", "min_p",
            "presence_penalty", "reasoning", "reasoning_effort", "repetition_penalty", "response_format", "seed",
            "stop", "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "openai/gpt-oss-20b:free", "canonical_slug": "openai/gpt-oss-20b",
          "context_length": 131072,
          "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
          "pricing": {"prompt": "0", "completion": "0"},
          "top_provider": {"context_length": 131072, "max_completion_tokens": 32768},
          "supported_parameters": [
            "frequency_penalty", "include_reasoning", "logprobs", "max_tokens", "presence_penalty", "reasoning",
            "reasoning_effort", "repetition_penalty", "response_format", "seed", "stop", "structured_outputs",
            "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p"
          ]
        },
        {
          "id": "openai/o4-mini", "canonical_slug": "openai/o4-mini-2025-04-16",
          "context_length": 200000,
          "architecture": {"input_modalities": ["image", "text", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.0000011", "completion": "0.0000044", "web_search": "0.01",
            "input_cache_read": "0.000000275"
          },
          "top_provider": {"context_length": 200000, "max_completion_tokens": 100000},
          "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "response_format", "seed", "structured_outputs",
            "tool_choice", "tools"
          ]
        }
        """#
}
