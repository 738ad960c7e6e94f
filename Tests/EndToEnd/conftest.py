"""Every test has a sandbox and a gateway of its own: real programs, real sockets, a fresh ledger."""

import pathlib
import shutil
import subprocess

import pytest
from sinks import Sinks
from support import BINARY, Gateway, Sandbox, ScriptedUpstream


def pytest_configure(config):
    if not pathlib.Path(BINARY).exists():
        raise pytest.UsageError(f"{BINARY} is not there: build it, or set BURSAR_BINARY")


@pytest.fixture
def sandbox(tmp_path):
    program = Sandbox(tmp_path)
    yield program
    program.kill()


@pytest.fixture
def scripted():
    upstream = ScriptedUpstream()
    yield upstream
    upstream.close()


@pytest.fixture
def sinks():
    sinks = Sinks()
    yield sinks
    sinks.close()


@pytest.fixture
def start(tmp_path):
    """Starts a gateway in front of an upstream's URL; several in a row share the ledger."""
    running = []

    def start(upstream, **settings):
        gateway = Gateway(tmp_path, upstream if isinstance(upstream, str) else upstream.url, **settings)
        running.append(gateway)
        return gateway

    yield start
    for gateway in running:
        gateway.kill()


@pytest.fixture
def gateway(start, sandbox):
    """With the default settings, but for a wait of none."""
    return start(sandbox)


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory):
    program = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield program
    program.kill()


@pytest.fixture(scope="module")
def shared(shared_sandbox, tmp_path_factory):
    """One gateway for a file's tests that leave nothing behind: refusals, and calls that count for nothing."""
    program = Gateway(tmp_path_factory.mktemp("gateway"), shared_sandbox.url)
    yield program
    program.kill()


# Puts the wall clock of one program ahead.
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, time);
    if (id == CLOCK_REALTIME) time->tv_sec += atol(getenv("CLOCK_AHEAD_SECONDS"));
    return result;
}
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """The environment of a program whose clock is so many seconds ahead."""
    compiler = next(filter(None, map(shutil.which, ("clang", "cc", "gcc"))), None)
    assert compiler, "a C compiler comes with Swift"
    directory = tmp_path_factory.mktemp("clock")
    (directory / "clock.c").write_text(CLOCK)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", directory / "clock.so", directory / "clock.c", "-ldl"], check=True)
    return lambda seconds: {"LD_PRELOAD": directory / "clock.so", "CLOCK_AHEAD_SECONDS": seconds}
