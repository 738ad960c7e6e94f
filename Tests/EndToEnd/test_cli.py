"""Commands: they ask the running gateway, say what they found, and say what to do where they cannot."""

import json
import subprocess

import pytest
from support import BINARY, CHEAP

ADMIN = "admin-token-of-this-test"


@pytest.fixture
def gateway(start, sandbox):
    return start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)


@pytest.fixture
def bursar(tmp_path):
    def run(*arguments, url="", **environment):
        clean = {"HOME": str(tmp_path), "BURSAR_URL": url, "BURSAR_ADMIN_TOKEN": ADMIN, **environment}
        return subprocess.run(
            [BINARY, *arguments], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=60, check=False
        )

    return run


class TestKey:
    def test_issue_list_rotate_revoke(self, bursar, gateway):
        issued = bursar("key", "issue", "acme", "--name", "ci", "--models", "meta-llama/*", url=gateway.url)
        assert issued.returncode == 0, issued.stderr
        secret = issued.stdout.splitlines()[0]
        assert secret.startswith("bsr_")
        headers = {"Authorization": f"Bearer {secret}"}
        assert gateway.chat(model=CHEAP, headers=headers).status_code == 200
        listed = bursar("key", "list", url=gateway.url)
        assert listed.stdout.splitlines()[0].split() == ["KEY", "TENANT", "STATE", "SECRETS", "MODELS", "LIMITS"]
        assert listed.stdout.splitlines()[1].split() == ["ci", "acme", "good", secret[:10] + "…", "meta-llama/*"]
        assert "\x1b" not in listed.stdout
        rotated = bursar("key", "rotate", "ci", "--overlap", "0", "--json", url=gateway.url)
        new = json.loads(rotated.stdout)["secret"]
        assert gateway.chat(model=CHEAP, headers=headers).status_code == 401
        revoked = bursar("key", "revoke", "ci", url=gateway.url)
        assert revoked.returncode == 0 and "ci" in revoked.stdout
        assert gateway.chat(model=CHEAP, headers={"Authorization": f"Bearer {new}"}).status_code == 401

    def test_a_refusal_is_told_and_fails(self, bursar, gateway):
        refused = bursar("key", "revoke", "nobody", url=gateway.url)
        assert refused.returncode == 1
        assert "nobody" in refused.stderr and refused.stdout == ""

    def test_nothing_yet(self, bursar, gateway):
        assert "No key" in bursar("key", "list", url=gateway.url).stdout
        assert json.loads(bursar("key", "list", "--json", url=gateway.url).stdout) == {"keys": []}


class TestUsage:
    def test_of_a_tenant_and_of_all(self, bursar, gateway):
        gateway.chat(model=CHEAP, headers={"X-Tenant-Id": "acme"})
        one = bursar("usage", "acme", url=gateway.url)
        assert one.returncode == 0, one.stderr
        assert "acme is active" in one.stdout and CHEAP in one.stdout
        every = bursar("usage", url=gateway.url)
        assert every.stdout.splitlines()[1].startswith("acme")
        as_json = json.loads(bursar("usage", "acme", "--json", url=gateway.url).stdout)
        assert as_json == gateway.usage("acme")


class TestFailing:
    def test_no_gateway(self, bursar):
        failed = bursar("usage", url="http://127.0.0.1:9")
        assert failed.returncode == 1
        assert "http://127.0.0.1:9" in failed.stderr and "bursar serve" in failed.stderr

    def test_a_mistake_in_the_file_hides_nothing_else_of_it(self, bursar, gateway, tmp_path):
        (tmp_path / "bursar.yaml").write_text(f"budgets: {{default: {{daily: lots}}}}\nserver: {{port: {gateway.port}}}\n")
        assert "acme is active" in bursar("usage", "acme").stdout

    def test_no_token(self, bursar, gateway):
        failed = bursar("key", "list", url=gateway.url, BURSAR_ADMIN_TOKEN="")
        assert failed.returncode == 1
        assert "BURSAR_ADMIN_TOKEN" in failed.stderr and "bursar.db.admin-token" in failed.stderr

    def test_a_wrong_token_is_not_repeated(self, bursar, gateway):
        failed = bursar("key", "list", url=gateway.url, BURSAR_ADMIN_TOKEN="not-the-token")
        assert failed.returncode == 1
        assert "not-the-token" not in failed.stderr + failed.stdout

    def test_something_else_at_the_address(self, bursar, scripted):
        failed = bursar("usage", url=scripted.url.rsplit("/api", 1)[0])
        assert failed.returncode == 1

    @pytest.mark.parametrize("arguments", [["key", "issue"], ["usage", "--nothing"], ["key", "rotate"], ["unheard"]])
    def test_bad_usage(self, bursar, arguments):
        assert bursar(*arguments).returncode == 64

    def test_a_bad_address(self, bursar):
        failed = bursar("usage", url="ftp://x")
        assert failed.returncode == 1 and "BURSAR_URL" in failed.stderr

    def test_the_token_beside_the_ledger_is_found(self, bursar, start, sandbox, tmp_path):
        gateway = start(sandbox)
        ledger = f"sqlite:{tmp_path / 'ledger.db'}"
        found = bursar("key", "list", url=gateway.url, BURSAR_ADMIN_TOKEN="", LEDGER_URL=ledger)
        assert found.returncode == 0, found.stderr
