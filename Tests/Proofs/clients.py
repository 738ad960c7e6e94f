"""Further clients, unmodified: `llm`, LangChain, LiteLLM and OpenRouter's SDK, each pointed at the gateway by its base URL.

    BURSAR_BINARY=.build/debug/bursar .venv-proofs/bin/python Tests/Proofs/clients.py
"""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# No client asks the network for anything but the gateway.
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
import litellm  # noqa: E402
import openrouter  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_openai import ChatOpenAI, OpenAIEmbeddings  # noqa: E402
from proof import Proof, run  # noqa: E402

MODEL, VECTORS = "openai/gpt-5.2", "openai/text-embedding-3-small"
TEXT = "Hello [sandbox:tokens=12]"
MESSAGES = [{"role": "user", "content": TEXT}]


@tool
def get_weather(city: str) -> str:
    """The weather of a city"""
    return f"sunny in {city}"


class Clients(Proof):
    # LangChain

    def lang(self, **more):
        return ChatOpenAI(model=MODEL, base_url=f"{self.gateway.url}/v1", api_key="sk-any", max_retries=0, **more)

    def langchain(self):
        answer = self.lang().invoke(TEXT)
        assert len(answer.content.split()) == 12 and answer.usage_metadata["output_tokens"] == 12

    def langchain_streamed(self):
        assert len("".join(chunk.content for chunk in self.lang().stream(TEXT)).split()) == 12

    def langchain_with_tools(self):
        answer = self.lang().bind_tools([get_weather]).invoke("use get_weather for Berlin")
        assert answer.tool_calls[0]["name"] == "get_weather" and answer.tool_calls[0]["args"] == {"city": "example"}

    def langchain_over_responses(self):
        answer = self.lang(use_responses_api=True).invoke(TEXT)
        assert len(answer.text.split()) == 12
        chunks = self.lang(use_responses_api=True).stream(TEXT)
        assert len("".join(chunk.text for chunk in chunks).split()) == 12

    def langchain_embeddings(self):
        vectors = OpenAIEmbeddings(
            model=VECTORS, base_url=f"{self.gateway.url}/v1", api_key="sk-any", check_embedding_ctx_length=False)
        assert len(vectors.embed_documents(["a b", "c"])) == 2

    # LiteLLM

    def litellm(self):
        answer = litellm.completion(
            model=f"openai/{MODEL}", messages=MESSAGES, api_base=f"{self.gateway.url}/v1", api_key="sk-any")
        assert len(answer.choices[0].message.content.split()) == 12 and answer.usage.completion_tokens == 12

    def litellm_streamed(self):
        chunks = litellm.completion(
            model=f"openai/{MODEL}", messages=MESSAGES, api_base=f"{self.gateway.url}/v1", api_key="sk-any", stream=True)
        assert len("".join(c.choices[0].delta.content or "" for c in chunks).split()) == 12

    def litellm_as_openrouter(self):
        answer = litellm.completion(
            model=f"openrouter/{MODEL}", messages=MESSAGES, api_base=f"{self.gateway.url}/api/v1", api_key="sk-any")
        assert len(answer.choices[0].message.content.split()) == 12

    def litellm_over_messages(self):
        answer = litellm.completion(
            model="anthropic/anthropic/claude-sonnet-4.5", messages=MESSAGES, api_base=self.gateway.url,
            api_key="sk-any", max_tokens=500)
        assert len(answer.choices[0].message.content.split()) == 12

    def litellm_refused(self):
        try:
            litellm.completion(
                model=f"openai/{MODEL}", messages=MESSAGES, api_base=f"{self.gateway.url}/v1", api_key="sk-any",
                extra_headers={"X-Tenant-Id": "poor"}, max_retries=0)
        except litellm.RateLimitError as error:
            assert "poor" in str(error)
        else:
            raise AssertionError("it was served")

    # OpenRouter's SDK

    @property
    def router(self):
        return openrouter.OpenRouter(api_key="sk-any", server_url=f"{self.gateway.url}/api/v1")

    def openrouter(self):
        with self.router as client:
            answer = client.chat.send(model=MODEL, messages=MESSAGES)
        assert len(answer.choices[0].message.content.split()) == 12

    def openrouter_streamed(self):
        with self.router as client:
            with client.chat.send(model=MODEL, messages=MESSAGES, stream=True) as stream:
                text = "".join((c.choices[0].delta.content or "") if c.choices else "" for c in stream)
        assert len(text.split()) == 12

    def openrouter_models(self):
        with self.router as client:
            listed = client.models.list()
        assert MODEL in [model.id for model in listed.result.data]

    # llm

    def llm(self):
        with tempfile.TemporaryDirectory() as home:
            pathlib.Path(home, "extra-openai-models.yaml").write_text(
                f"- model_id: bursar\n  model_name: {MODEL}\n  api_base: {self.gateway.url}/v1\n")
            command = [str(pathlib.Path(sys.executable).parent / "llm"), "-m", "bursar", "--key", "sk-any"]
            environment = {**os.environ, "LLM_USER_PATH": home}
            for more in ([], ["--no-stream"]):
                said = subprocess.run(
                    command + more + [TEXT], env=environment, capture_output=True, text=True, timeout=60)
                assert said.returncode == 0, said.stderr
                assert len(said.stdout.split()) == 12, said.stdout


CHECKS = [
    Clients.langchain, Clients.langchain_streamed, Clients.langchain_with_tools, Clients.langchain_over_responses,
    Clients.langchain_embeddings, Clients.litellm, Clients.litellm_streamed, Clients.litellm_as_openrouter,
    Clients.litellm_over_messages, Clients.litellm_refused, Clients.openrouter, Clients.openrouter_streamed,
    Clients.openrouter_models, Clients.llm, Clients.bill,
]

if __name__ == "__main__":
    sys.exit(run("llm, LangChain, LiteLLM, OpenRouter's SDK", Clients, CHECKS))
