"""How fast pages answer with 10 000 tenants, a million receipts and 10 000 keys, and whether calls notice that somebody looks.

    .venv/bin/python Tests/Proofs/dashboard_speed.py [--tenants 10000] [--receipts 1000000] [--keys 10000]

Every tenant makes a real call through the gateway. Then the receipts' file is multiplied in SQLite, roll-ups and all, because a
million real calls would take longer than anybody waits. What is measured is measured over HTTP, page by page. The numbers that
count are those of the release build: BURSAR_BINARY=…; the mark is 50 ms.
"""

import argparse
import http.client
import json
import sqlite3
import statistics
import threading
import time

from common import Client, Gateway, Sandbox, chat, workshop

MARK_MS = 50
PAGES = [
    "/", "/tenants", "/tenants?q=77&state=active", "/tenants?from=9000", "/tenants/t4711", "/models", "/receipts",
    "/receipts?tenant=t4711", "/receipts?model=openai%2Fgpt-5-mini", "/receipts?status=failed", "/receipts?q=req-77",
    "/prices", "/health",
]
KEY_PAGES = ["/keys", "/keys?q=k77&state=active", "/keys?from=9000", "/keys?tenant=t4711", "/keys/k4711", "/tenants/t4711", "/"]
ADMIN = "admin-token-of-this-proof"
CHEAP = "meta-llama/llama-3.1-8b-instruct"
MODELS = [CHEAP, "openai/gpt-5-mini"]


def by_eight(share):
    """Runs eight shares of some work at once."""
    threads = [threading.Thread(target=share, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def call_everybody(port, tenants):
    """One call of each tenant, over a few connections."""
    failures = []

    def some(first):
        client = Client()
        for number in range(first, tenants, 8):
            body = chat(MODELS[number % 2], "[sandbox:tokens=5]", stream=False, limit=20)
            if client.call(port, f"t{number}", body, time.monotonic() + 60).status != 200:
                failures.append(number)
        client.close()

    by_eight(some)
    return failures


def multiply(path, wanted):
    """Copies receipts, each into other hours of the month, until there are so many; then adds the roll-ups up anew."""
    with sqlite3.connect(path) as file:
        have, last, sequence = file.execute("SELECT count(*), max(id), max(seq) FROM receipt").fetchone()
        columns = [row[1] for row in file.execute("PRAGMA table_info(receipt)")]
        shown = {"id": "id + ?1", "seq": "seq + ?2", "at": "at - ?3", "closed": "closed - ?3"}
        select = ", ".join(shown.get(name, name) for name in columns)
        copies = 0
        while have * (copies + 1) < wanted:
            copies += 1
            # Back in time by some hours, within the month where there is room for it.
            back = (copies * 7 % 600) * 3_600_000
            file.execute(
                f"INSERT INTO receipt ({', '.join(columns)}) SELECT {select} FROM receipt WHERE id <= {last}",
                (copies * (last + 1), copies * (sequence + 1), back))
        for table, step in (("hourly", 3_600_000), ("daily", 86_400_000)):
            file.execute(f"DELETE FROM {table}")
            for tenant in ("tenant", "-1"):
                file.execute(
                    f"INSERT INTO {table} (tag, start, tenant, model, provider, calls, input, output, cost, saved) "
                    f"SELECT '', at - at % {step}, {tenant}, model, 0, count(*), sum(input), sum(output), sum(coalesce(cost, 0)), "
                    "sum(saved) FROM receipt WHERE seq IS NOT NULL GROUP BY 2, 3, 4")
        total = file.execute("SELECT count(*) FROM receipt").fetchone()[0]
        rows = file.execute("SELECT count(*) FROM hourly").fetchone()[0]
    return total, rows


def issue_keys(port, keys, tenants):
    """Through the admin's API, over a few connections; every tenth is for two models only, every seventh ends some day."""
    failures = []

    def some(first):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(first, keys, 8):
            order = {"key": f"k{number}", "tenant": f"t{number % tenants}"}
            order |= {"models": MODELS} if number % 10 == 0 else {}
            order |= {"expiresAt": "2090-01-31T18:00:00Z"} if number % 7 == 0 else {}
            headers = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
            connection.request("POST", "/api/admin/keys", json.dumps(order), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 201:
                failures.append(number)
        connection.close()

    by_eight(some)
    return failures


def time_page(port, path, times=15):
    """Milliseconds until the last byte, and the bytes. A pause of a second between, so that nothing is answered from a moment ago."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took, size = [], 0
    for _ in range(times):
        time.sleep(1.1)
        began = time.monotonic()
        connection.request("GET", path, headers={"Accept": "text/html", "Authorization": f"Bearer {ADMIN}"})
        answer = connection.getresponse()
        size = len(answer.read())
        took.append((time.monotonic() - began) * 1000)
        assert answer.status == 200, (path, answer.status)
    return took, size


def calls_while(port, looking):
    """The median and the slowest of a hundred calls, while `looking` or not."""
    client, took = Client(), []
    stop = threading.Event()

    def look():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not stop.is_set():
            connection.request("GET", "/tenants", headers={"Accept": "text/html"})
            connection.getresponse().read()

    watcher = threading.Thread(target=look)
    if looking:
        watcher.start()
    body = chat(CHEAP, "[sandbox:tokens=5]", stream=False, limit=20)
    for _ in range(100):
        began = time.monotonic()
        client.call(port, "t1", body, time.monotonic() + 30)
        took.append((time.monotonic() - began) * 1000)
    stop.set()
    if looking:
        watcher.join()
    return statistics.median(took), max(took)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--receipts", type=int, default=1_000_000)
    parser.add_argument("--keys", type=int, default=10_000)
    wanted = parser.parse_args()
    with workshop() as (directory, started):
        sandbox = Sandbox(directory)
        started.append(sandbox.program)
        ledger = f"{directory}/ledger.db"
        gateway = Gateway(sandbox, directory, ledger, BURSAR_ADMIN_TOKEN=ADMIN)
        started.append(gateway.program)
        port = gateway.wait().port
        began = time.monotonic()
        failures = call_everybody(port, wanted.tenants)
        print(f"{wanted.tenants} tenants called in {time.monotonic() - began:.0f} s, {len(failures)} failed")
        time.sleep(3)
        gateway.program.stop()
        total, rows = multiply(f"{directory}/ledger-receipts.db", wanted.receipts)
        print(f"{total} receipts, {rows} roll-ups of hours")
        gateway = Gateway(sandbox, directory, ledger, BURSAR_ADMIN_TOKEN=ADMIN)
        started.append(gateway.program)
        port = gateway.wait().port
        time.sleep(2)
        slow = []

        def measure(pages):
            print(f"{'page':<42}{'median':>9}{'slowest':>9}{'bytes':>9}")
            for path in pages:
                took, size = time_page(port, path)
                median = statistics.median(took)
                slow.extend([path] if median > MARK_MS else [])
                print(f"{path:<42}{median:>7.1f}ms{max(took):>7.1f}ms{size:>9}", flush=True)

        measure(PAGES)
        for looking in (False, True):
            median, slowest = calls_while(port, looking)
            print(f"calls {'while pages load' if looking else 'undisturbed':<20} median {median:.1f} ms, slowest {slowest:.1f} ms")
        # The first key closes the gateway, so keys come last.
        began = time.monotonic()
        failures += issue_keys(port, wanted.keys, wanted.tenants)
        print(f"{wanted.keys} keys issued in {time.monotonic() - began:.0f} s")
        measure(KEY_PAGES)
        print("all within" if not slow else f"beyond {MARK_MS} ms: {', '.join(slow)}")
        return 1 if failures or slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
