#!/usr/bin/env python3
"""Measures an import of 100,000 lines over HTTP, on SQLite and on PostgreSQL, and what it does to
the latency of chats meanwhile.

The exit code is 1 when a report doesn't add up, a chat failed, or an import took longer than ten
seconds. PostgreSQL is the one of TEST_DATABASE_URL: `scripts/services.py -- bench/import.py`.
"""

import argparse
import concurrent.futures
import dataclasses
import http.client
import json
import multiprocessing
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import procs
import report
import run
import servers

MARKS = "import"
IMPORT_SECS_MAX = 10
CHAT = json.dumps({"model": "bench-model", "messages": [{"role": "user", "content": "x" * 100}]})


@dataclasses.dataclass
class Store:
    name: str
    import_secs: list
    undo_secs: list
    before_ms: list
    during_ms: list
    peak_mb: float


def main():
    args = arguments()
    bin_dir = os.path.abspath(args.bin_dir) if args.bin_dir else run.build()
    with tempfile.TemporaryDirectory(prefix="pool-import-") as cwd:
        path = write_file(cwd, args.lines)
        with servers.stub(os.path.join(bin_dir, "pool-stub"), cwd) as stub_port:
            stores = []
            for name, database in databases(cwd):
                pool = servers.Pool(os.path.join(bin_dir, "ollama-api-pool"), cwd, stub_port)
                pool.env.update(database)
                run.say(f"import into {name}")
                stores.append(measure(name, pool, path, args))
    text = table(stores, args.lines)
    print(text)
    problems = [
        f"{store.name}: an import took {max(store.import_secs):.1f} s"
        for store in stores if max(store.import_secs) > IMPORT_SECS_MAX
    ]
    if problems:
        print("\n".join(["", "NOT VALID:", *problems]), file=sys.stderr)
        return 1
    if args.write:
        report.write(args.write, text, MARKS)
    return 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE", help="put the result between the marks in this file")
    parser.add_argument("--lines", type=int, default=100_000, help="lines of the file (100000)")
    parser.add_argument("--import-rounds", type=int, default=3, help="imports into each database (3)")
    parser.add_argument("--chats", type=int, default=200, help="chats a second (200)")
    parser.add_argument("--bin-dir", metavar="DIR", help="measure the binaries there, build nothing")
    # `make bench` gives the same words to all benchmarks.
    return parser.parse_known_args()[0]


def databases(cwd):
    yield "SQLite", {"DATABASE_URL": f"sqlite://{cwd}/pool.sqlite3"}
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        raise SystemExit("TEST_DATABASE_URL is not set: run it by scripts/services.py --")
    schema = f"bench_{secrets.token_hex(8)}"
    psql(url, f"CREATE SCHEMA {schema}")
    try:
        yield "PostgreSQL", {
            "DATABASE_URL": f"{url}?options=-c%20search_path%3D{schema}",
            "ENCRYPTION_KEY": secrets.token_hex(32),
            "AUTH_SECRET": secrets.token_hex(32),
        }
    finally:
        psql(url, f"DROP SCHEMA {schema} CASCADE")


def psql(url, sql):
    subprocess.run(["psql", "-q", url, "-c", f"SET client_min_messages = warning; {sql}"], check=True)


def write_file(cwd, lines):
    """Accounts as they are sold: label, password, session of some hundred characters, key."""
    path = os.path.join(cwd, "accounts.txt")
    with open(path, "w", encoding="utf-8") as file:
        for number in range(lines):
            key = f"{secrets.token_hex(16)}.{secrets.token_urlsafe(18)}"
            session = secrets.token_urlsafe(300)
            file.write(f"user{number}@example.com----{secrets.token_hex(6)}----{session}----{key}\n")
    return path


def measure(name, pool, path, args):
    store = Store(name, [], [], [], [], 0)
    with pool.start():
        pool.fill(100)
        chats(pool, args.chats, lambda: time.sleep(2))  # what the first seconds cost is not counted
        procs.forget_peak(pool.process)
        for _ in range(args.import_rounds):
            pause = max(store.import_secs, default=3)
            store.before_ms += chats(pool, args.chats, lambda pause=pause: time.sleep(pause))
            results = []
            store.during_ms += chats(pool, args.chats, lambda results=results: results.append(upload(pool, path)))
            secs, result = results[0]
            check(result, args.lines)
            store.import_secs.append(secs)
            begin = time.monotonic()
            pool.call(pool.connect(), "POST", f"/admin/imports/{result['import_id']}/undo")
            store.undo_secs.append(time.monotonic() - begin)
            run.say(f"  {secs:.1f} s, undone in {store.undo_secs[-1]:.1f} s")
        store.peak_mb = procs.rss_mb(pool.process, "VmHWM")
    return store


def upload(pool, path):
    """Sent by a process of its own, so that it doesn't hold up the chats of this one."""
    with multiprocessing.get_context("fork").Pool(1) as process:
        return process.apply(send_file, (pool.port, pool.admin_token, path))


def send_file(port, token, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain",
               "Content-Length": str(os.path.getsize(path))}
    begin = time.monotonic()
    with open(path, "rb") as file:
        connection.request("POST", "/admin/api-keys/import-from-txt", file, headers)
        response = connection.getresponse()
        text = response.read()
    if response.status != 200:
        raise SystemExit(f"import: {response.status} {text[:300]}")
    return time.monotonic() - begin, json.loads(text)


def check(result, lines):
    parts = ("added", "existing", "duplicates", "failed", "skipped")
    if result["added"] != lines or result["total"] != sum(result[part] for part in parts):
        raise SystemExit(f"the report doesn't add up: {({part: result[part] for part in parts})}")


def chats(pool, per_second, work, ways=4):
    """Runs `work` beside so many chats a second; returns their latencies in milliseconds."""
    over = threading.Event()

    def chat(way):
        connection, latencies = pool.connect(), []
        headers = {"Authorization": f"Bearer {pool.token}", "Content-Type": "application/json"}
        next_at = time.monotonic() + way / per_second
        while not over.is_set():
            time.sleep(max(0, next_at - time.monotonic()))
            # Told from the moment at which it was due, so that waiting for the one before counts.
            connection.request("POST", "/v1/chat/completions", CHAT, headers)
            response = connection.getresponse()
            response.read()
            latencies.append((time.monotonic() - next_at) * 1000)
            if response.status != 200:
                raise SystemExit(f"a chat failed: {response.status}")
            next_at += ways / per_second
        return latencies

    with concurrent.futures.ThreadPoolExecutor(ways) as threads:
        running = [threads.submit(chat, way) for way in range(ways)]
        try:
            work()
        finally:
            over.set()
        return [latency for one in running for latency in one.result()]


def table(stores, lines):
    rows = [
        f"| {lines:,} lines into | import s | undo s | p99 of chats before, ms | during, ms | ratio | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for store in stores:
        before, during = p99(store.before_ms), p99(store.during_ms)
        rows.append(
            f"| {store.name} | {statistics.fmean(store.import_secs):.1f} | {statistics.fmean(store.undo_secs):.1f} "
            f"| {before:.2f} | {during:.2f} | {during / before:.2f} | {store.peak_mb:.0f} |"
        )
    return "\n".join([report.machine(tools=False), "", *rows])


def p99(values):
    return statistics.quantiles(values, n=100)[98]


if __name__ == "__main__":
    sys.exit(main())
