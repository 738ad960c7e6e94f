extension BundledCatalogue {
    /// Two models that turn texts into vectors, in the shape of OpenRouter's `GET /embeddings/models`, which lists them apart.
    ///
    /// Source: https://openrouter.ai/openai/text-embedding-3-large (0.13 USD a million tokens, context 8192) and
    /// https://developers.openai.com/api/docs/models/text-embedding-3-large, which lists the small one beside it; read 2026-11.
    public static let embeddingsJSON: String = #"""
        {
          "data": [
            {
              "id": "openai/text-embedding-3-large", "canonical_slug": "openai/text-embedding-3-large",
              "context_length": 8192,
              "architecture": {"input_modalities": ["text"], "output_modalities": ["embeddings"]},
              "pricing": {"prompt": "0.00000013", "completion": "0"},
              "top_provider": {"context_length": 8192, "max_completion_tokens": null}, "supported_parameters": []
            },
            {
              "id": "openai/text-embedding-3-small", "canonical_slug": "openai/text-embedding-3-small",
              "context_length": 8192,
              "architecture": {"input_modalities": ["text"], "output_modalities": ["embeddings"]},
              "pricing": {"prompt": "0.00000002", "completion": "0"},
              "top_provider": {"context_length": 8192, "max_completion_tokens": null}, "supported_parameters": []
            }
          ]
        }
        """#
}
