"""Exporters against their real counterparts. `make test-real` installs what they need; `make test` leaves them out and says so."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import httpx
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))

from support import Gateway, Sandbox  # noqa: E402

PATIENCE_SECONDS = 180


@pytest.fixture
def sandbox(tmp_path):
    program = Sandbox(tmp_path)
    yield program
    program.kill()


@pytest.fixture
def start(tmp_path):
    running = []

    def start(upstream, **settings):
        gateway = Gateway(tmp_path, upstream.url, **settings)
        running.append(gateway)
        return gateway

    yield start
    for gateway in running:
        gateway.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def served(command, url, directory, **environment):
    """A server as a process of its own, from its start to its first answer."""
    log = pathlib.Path(directory) / f"{pathlib.Path(command[0]).name}.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=directory, env={**os.environ, **environment})
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url, timeout=5).status_code < 500:
                    break
            assert process.poll() is None and time.monotonic() < end, log.read_text(errors="replace")[-3000:]
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def program(name):
    """A program beside this Python, or on the path."""
    beside = pathlib.Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed; make test-real installs it")
    return found
