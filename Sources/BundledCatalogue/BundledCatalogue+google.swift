extension BundledCatalogue {
    /// With sound, cache storage, tiers, and one that paints.
    static let google = #"""
        {
          "id": "google/gemini-2.5-flash", "canonical_slug": "google/gemini-2.5-flash",
          "context_length": 1048576,
          "architecture": {
            "input_modalities": ["file", "image", "text", "audio", "video"], "output_modalities": ["text"]
          },
          "pricing": {
            "prompt": "0.0000003", "completion": "0.0000025", "image": "0.0000003", "audio": "0.000001",
            "input_audio_cache": "0.0000001", "web_search": "0.014", "internal_reasoning": "0.0000025",
            "input_cache_read": "0.00000003", "input_cache_write": "0.0000000833333333333333"
          },
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 65535},
          "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "google/gemini-2.5-flash-image", "canonical_slug": "google/gemini-2.5-flash-image",
          "context_length": 32768,
          "architecture": {"input_modalities": ["image", "text"], "output_modalities": ["image", "text"]},
          "pricing": {
            "prompt": "0.0000003", "completion": "0.0000025", "image": "0.0000003", "image_output": "0.00003",
            "audio": "0.000001", "input_audio_cache": "0.0000001", "web_search": "0.014",
            "internal_reasoning": "0.0000025", "input_cache_read": "0.00000003",
            "input_cache_write": "0.0000000833333333333333"
          },
          "top_provider": {"context_length": 32768, "max_completion_tokens": 8192},
          "supported_parameters": [
            "max_tokens", "response_format", "seed", "stop", "structured_outputs", "temperature", "top_p"
          ]
        },
        {
          "id": "google/gemini-2.5-flash-lite", "canonical_slug": "google/gemini-2.5-flash-lite",
          "context_length": 1048576,
          "architecture": {
            "input_modalities": ["text", "image", "file", "audio", "video"], "output_modalities": ["text"]
          },
          "pricing": {
            "prompt": "0.0000001", "completion": "0.0000004", "image": "0.0000001", "audio": "0.0000003",
            "input_audio_cache": "0.00000003", "web_search": "0.014", "internal_reasoning": "0.0000004",
            "input_cache_read": "0.00000001", "input_cache_write": "0.0000000833333333333333"
          },
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 65535},
          "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "google/gemini-2.5-pro", "canonical_slug": "google/gemini-2.5-pro",
          "context_length": 1048576,
          "architecture": {
            "input_modalities": ["text", "image", "file", "audio", "video"], "output_modalities": ["text"]
          },
          "pricing": {
            "prompt": "0.00000125", "completion": "0.00001", "image": "0.00000125", "audio": "0.00000125",
            "input_audio_cache": "0.000000125", "web_search": "0.014", "internal_reasoning": "0.00001",
            "input_cache_read": "0.000000125", "input_cache_write": "0.000000375",
            "overrides": [
              {
                "min_prompt_tokens": 200000, "prompt": "0.0000025", "completion": "0.000015", "audio": "0.0000025",
                "input_audio_cache": "0.00000025", "input_cache_read": "0.00000025"
              }
            ]
          },
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 65536},
          "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "google/gemini-3-flash-preview", "canonical_slug": "google/gemini-3-flash-preview-20251217",
          "context_length": 1048576,
          "architecture": {
            "input_modalities": ["text", "image", "file", "audio", "video"], "output_modalities": ["text"]
          },
          "pricing": {
            "prompt": "0.0000005", "completion": "0.000003", "image": "0.0000005", "audio": "0.000001",
            "input_audio_cache": "0.0000001", "web_search": "0.014", "internal_reasoning": "0.000003",
            "input_cache_read": "0.00000005", "input_cache_write": "0.0000000833333333333333"
          },
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 65536},
          "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "reasoning_effort", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "google/gemini-3.1-pro-preview", "canonical_slug": "google/gemini-3.1-pro-preview-20260219",
          "context_length": 1048576,
          "architecture": {
            "input_modalities": ["audio", "file", "image", "text", "video"], "output_modalities": ["text"]
          },
          "pricing": {
            "prompt": "0.000002", "completion": "0.000012", "image": "0.000002", "audio": "0.000002",
            "input_audio_cache": "0.0000002", "web_search": "0.014", "internal_reasoning": "0.000012",
            "input_cache_read": "0.0000002", "input_cache_write": "0.000000375",
            "overrides": [
              {
                "min_prompt_tokens": 200000, "prompt": "0.000004", "completion": "0.000018", "audio": "0.000004",
                "input_audio_cache": "0.0000004", "input_cache_read": "0.0000004"
              }
            ]
          },
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 65536},
          "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "reasoning_effort", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        },
        {
          "id": "google/gemini-3.7-flash", "canonical_slug": "google/gemini-3.7-flash-20260813",
          "context_length": 1048576,
          "architecture": {
            "input_modalities": ["text", "image", "video", "file", "audio"], "output_modalities": ["text"]
          },
          "pricing": {
            "prompt": "0.000000375", "completion": "0.000001875", "image": "0.000000375", "audio": "0.000000375",
            "input_audio_cache": "0.0000000375", "web_search": "0.014", "internal_reasoning": "0.000001875",
            "input_cache_read": "0.0000000375", "input_cache_write": "0.0000000208333333333333"
          },
          "top_provider": {"context_length": 1048576, "max_completion_tokens": 65536},
          "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "reasoning_effort", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_p"
          ]
        }
        """#
}
