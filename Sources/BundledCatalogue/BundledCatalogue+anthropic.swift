extension BundledCatalogue {
    /// With cache writes of five minutes and an hour, and a tier by prompt length.
    static let anthropic = #"""
        {
          "id": "anthropic/claude-haiku-4.5", "canonical_slug": "anthropic/claude-4.5-haiku-20251001",
          "context_length": 200000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
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
          "id": "anthropic/claude-opus-4.8", "canonical_slug": "anthropic/claude-4.8-opus-20260528",
          "context_length": 1000000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.000005", "completion": "0.000025", "web_search": "0.01", "input_cache_read": "0.0000005",
            "input_cache_write": "0.00000625", "input_cache_write_1h": "0.00001"
          },
          "top_provider": {"context_length": 1000000, "max_completion_tokens": 128000},
          "supported_parameters": [
            "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
            "response_format", "stop", "structured_outputs", "temperature", "tool_choice", "tools", "verbosity"
          ]
        },
        {
          "id": "anthropic/claude-opus-5", "canonical_slug": "anthropic/claude-opus-5-20260723",
          "context_length": 1000000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.000005", "completion": "0.000025", "web_search": "0.01", "input_cache_read": "0.0000005",
            "input_cache_write": "0.00000625", "input_cache_write_1h": "0.00001"
          },
          "top_provider": {"context_length": 1000000, "max_completion_tokens": 128000},
          "supported_parameters": [
            "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
            "response_format", "stop", "structured_outputs", "temperature", "tool_choice", "tools", "verbosity"
          ]
        },
        {
          "id": "anthropic/claude-sonnet-4.5", "canonical_slug": "anthropic/claude-4.5-sonnet-20250929",
          "context_length": 1000000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
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
          "id": "anthropic/claude-sonnet-5", "canonical_slug": "anthropic/claude-sonnet-5-20260630",
          "context_length": 1000000,
          "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
          "pricing": {
            "prompt": "0.000002", "completion": "0.00001", "web_search": "0.01", "input_cache_read": "0.0000002",
            "input_cache_write": "0.0000025", "input_cache_write_1h": "0.000004"
          },
          "top_provider": {"context_length": 1000000, "max_completion_tokens": 128000},
          "supported_parameters": [
            "include_reasoning", "max_completion_tokens", "max_tokens", "reasoning", "reasoning_effort",
            "response_format", "stop", "structured_outputs", "tool_choice", "tools", "verbosity"
          ]
        }
        """#
}
