"""Who may read and who may change things on the control plane."""

import os
import stat

import pytest
from support import NotStarted

ADMIN, VIEWER = "admin-token-of-this-test", "viewer-token-of-this-test"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def closed(start, sandbox):
    """Listens on more than loopback, so reading needs a token. The door lets the tests in by `localhost`."""
    gateway = start(sandbox, HOST="0.0.0.0", BURSAR_ADMIN_TOKEN=ADMIN, BURSAR_VIEWER_TOKEN=VIEWER)
    gateway.http.base_url = f"http://127.0.0.1:{gateway.port}"
    return gateway


READING = ["/", "/api/ready", "/metrics", "/api/usage/default", "/unheard-of"]


class TestOpen:
    @pytest.mark.parametrize("path", ["/api/ready", "/metrics", "/api/usage/default"])
    def test_reading_needs_nothing(self, shared, path):
        assert shared.http.get(path).status_code == 200
        assert shared.http.get(path, headers=bearer("sk-any")).status_code == 200

    def test_changing_needs_the_admins_token(self, shared):
        answer = shared.http.get("/api/admin/tenants")
        assert answer.status_code == 401
        assert answer.json()["error"]["metadata"]["reason"] == "invalid_key"
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_the_admins_token_is_made_beside_the_ledger(self, start, sandbox, tmp_path):
        gateway = start(sandbox)
        file = tmp_path / "ledger.db.admin-token"
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        token = file.read_text().strip()
        assert len(token) == 64
        # Past the gate there is no such path yet, or there is: never 401.
        assert gateway.http.get("/api/admin/nothing", headers=bearer(token)).status_code == 404
        assert gateway.http.get("/api/admin/nothing", headers=bearer(token[:-1] + "x")).status_code == 401
        gateway.stop()
        start(sandbox)
        assert file.read_text().strip() == token

    def test_a_token_that_others_may_read_stops_the_start(self, start, sandbox, tmp_path):
        file = tmp_path / "ledger.db.admin-token"
        file.write_text("0123456789abcdef0123456789abcdef\n")
        file.chmod(0o644)
        with pytest.raises(NotStarted) as stopped:
            start(sandbox)
        assert stopped.value.code == 1
        assert "chmod 600" in stopped.value.said

    def test_the_token_is_never_printed_or_logged(self, start, sandbox, tmp_path):
        gateway = start(sandbox)
        token = (tmp_path / "ledger.db.admin-token").read_text().strip()
        gateway.http.get("/api/admin/x", headers=bearer(token))
        gateway.stop()
        assert token not in gateway.log() + "".join(gateway.greeting)
        # Not a terminal: no link either.
        assert "login?code=" not in "".join(gateway.greeting)


class TestClosed:
    def test_health_is_for_all(self, closed):
        assert closed.http.get("/api/health").status_code == 200

    @pytest.mark.parametrize("path", READING)
    def test_reading_needs_a_token(self, closed, path):
        answer = closed.http.get(path)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "authentication_error"
        assert closed.http.get(path, headers=bearer("wrong")).status_code == 401

    @pytest.mark.parametrize("token", [ADMIN, VIEWER])
    @pytest.mark.parametrize("path", ["/api/ready", "/metrics", "/api/usage/default"])
    def test_either_token_reads(self, closed, path, token):
        assert closed.http.get(path, headers=bearer(token)).status_code == 200

    def test_the_viewers_token_changes_nothing(self, closed):
        answer = closed.http.get("/api/admin/tenants", headers=bearer(VIEWER))
        assert answer.status_code == 403
        assert answer.json()["error"]["metadata"]["reason"] == "admin_only"

    def test_a_browser_is_sent_to_the_login(self, closed):
        answer = closed.http.get("/?a=1", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=%2F%3Fa%3D1"

    def test_guessing_ends(self, closed):
        codes = [closed.http.get("/api/ready", headers=bearer(f"guess-{n}")).status_code for n in range(110)]
        assert codes[:100] == [401] * 100
        assert codes[-1] == 429
        assert closed.http.get("/api/ready", headers=bearer(ADMIN)).status_code == 429
        assert closed.http.get("/api/health").status_code == 200


def test_the_two_tokens_must_differ(start, sandbox):
    with pytest.raises(NotStarted) as stopped:
        start(sandbox, BURSAR_ADMIN_TOKEN="the-same-for-both", BURSAR_VIEWER_TOKEN="the-same-for-both")
    assert "BURSAR_VIEWER_TOKEN" in stopped.value.said
