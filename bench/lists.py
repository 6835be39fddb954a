#!/usr/bin/env python3
"""Measures the lists of keys over a large pool, on SQLite and on Postgres.

Postgres is the server that TEST_DATABASE_URL names; `scripts/services.py -- bench/lists.py` starts
a private one. The rows are made by SQL from one key that the program itself has sealed, so that the
program reads every one of them. The exit code is 1 when an answer was wrong or the p95 of a list is
over the aim.
"""

import argparse
import contextlib
import glob
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import procs
import report
import run
import servers

AIM_MS = 100
SORTS = ["id", "username", "account", "provider", "status", "weight", "created_at", "expires_at",
         "last_used", "total_requests", "success_rate"]

# One text for both databases; `{at}` makes a moment of a number of seconds since 1970.
FILL = """
INSERT INTO upstream_keys (provider, username, account, category, masked, fingerprint, sealed,
    sealed_with, weight, created_at, expires_at, total_requests, success_count, failure_count,
    last_used_at, disabled_reason, cooling_reason, cooling_until)
WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {keys})
SELECT 'ollama', 'user' || ((n.i * 7919) % 100003) || '@example.com', 'account' || (n.i / 3),
    CASE n.i % 4 WHEN 0 THEN 'kimi,llama' WHEN 1 THEN 'llama' WHEN 2 THEN 'qwen' ELSE 'general' END,
    'sk-b…' || (1000 + n.i % 9000), 'print' || n.i, k.sealed, k.sealed_with, 1 + n.i % 3,
    {created}, CASE WHEN n.i % 10 = 0 THEN {expires} END, (n.i * 31) % 5000, (n.i * 29) % 4000,
    (n.i * 17) % 900, CASE WHEN n.i % 5 > 0 THEN {used} END,
    CASE n.i % 20 WHEN 1 THEN 'manual' WHEN 2 THEN 'unauthorized' END,
    CASE n.i % 20 WHEN 3 THEN 'weekly_limit' END, CASE n.i % 20 WHEN 3 THEN {later} END
FROM n, upstream_keys k WHERE k.id = 1
"""


def main():
    args = arguments()
    bin_dir = os.path.abspath(args.bin_dir) if args.bin_dir else run.build()
    binary = os.path.join(bin_dir, "ollama-api-pool")
    columns, problems = {}, []
    for store in (Sqlite, Postgres):
        with tempfile.TemporaryDirectory(prefix="pool-lists-") as cwd, store(cwd) as home:
            columns[home.name] = measure(args, binary, cwd, home, problems)
    text = table(args, columns)
    print(text)
    problems += [
        f"{name}: {case}: p95 {ms:.0f} ms"
        for name, cases in columns.items()
        for case, ms in cases.items()
        if case.startswith(("keys", "statistics", "accounts")) and ms > AIM_MS
    ]
    if problems:
        print("\n".join(["", "NOT AS WANTED:", *problems]), file=sys.stderr)
        return 1
    if args.write:
        report.write(args.write, text, "lists")
    return 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE", help="put the result between the marks in this file")
    parser.add_argument("--keys", type=int, default=100_000, help="keys in the pool (100000)")
    parser.add_argument("--repeats", type=int, default=20, help="requests of each kind (20)")
    parser.add_argument("--bin-dir", metavar="DIR", help="measure the binary there, build nothing")
    # `make bench` gives the arguments of its other half too.
    return parser.parse_known_args()[0]


class Sqlite:
    name = "SQLite"
    moment = staticmethod(lambda secs: f"strftime('%Y-%m-%d %H:%M:%f', {secs}, 'unixepoch')")

    def __init__(self, cwd):
        self.file = os.path.join(cwd, "pool.sqlite3")
        self.url = f"sqlite://{self.file}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, sql):
        with contextlib.closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(sql)

    def tidy(self):
        pass


class Postgres:
    name = "Postgres"
    moment = staticmethod(lambda secs: f"to_timestamp({secs}) AT TIME ZONE 'UTC'")

    def __init__(self, _):
        self.server = os.environ.get("TEST_DATABASE_URL")
        if not self.server:
            raise SystemExit("TEST_DATABASE_URL is not set: scripts/services.py -- bench/lists.py")
        self.schema = f"lists_{secrets.token_hex(4)}"
        self.url = f"{self.server}?options=-c%20search_path%3D{self.schema}"

    def __enter__(self):
        self.run(f"CREATE SCHEMA {self.schema}")
        return self

    def __exit__(self, *_):
        self.run(f"DROP SCHEMA {self.schema} CASCADE")

    def run(self, sql):
        found = shutil.which("psql") or next(iter(glob.glob("/usr/lib/postgresql/*/bin/psql")), "psql")
        # The server for tests commits without waiting for its log. VACUUM would then meet rows that
        # it can't yet mark as visible to all, and lists would have to look at each.
        settings = "SET client_min_messages = warning; SET synchronous_commit = on"
        subprocess.run([found, "-q", "-v", "ON_ERROR_STOP=1", self.url, "-c", settings, "-c", sql], check=True)

    def tidy(self):
        # What autovacuum does within a minute of such a change.
        self.run("VACUUM ANALYZE upstream_keys")


def measure(args, binary, cwd, home, problems):
    pool = servers.Pool(binary, cwd, procs.free_port())
    pool.env |= {"DATABASE_URL": home.url, "AUTH_SECRET": secrets.token_hex(32), "ENCRYPTION_KEY": secrets.token_hex(32)}
    with pool.start():
        pool.fill(1)
    run.say(f"{home.name}: filling {args.keys} keys")
    now = int(time.time())
    moment = home.moment
    home.run(FILL.format(keys=args.keys, created=moment(f"{now} - 200000 + n.i"), used=moment(f"{now} - (n.i * 7919) % 99991"),
                         expires=moment(f"{now} + 86400 + n.i"), later=moment(f"{now} + 86400")))
    home.tidy()
    with pool.start():
        run.say(f"{home.name}: ready in {pool.ready_ms:.0f} ms, {procs.rss_mb(pool.process):.0f} MB")
        figures = {f"{name}": p95(args, pool, path, problems) for name, path in cases(args)}
        figures |= bulk(pool, home, args, problems)
        figures["memory afterwards, MB"] = procs.rss_mb(pool.process)
        return figures


def cases(args):
    last, middle = args.keys // 50, args.keys // 100
    keys = "/admin/api-keys?pageSize=50&"
    for sort in SORTS:
        yield f"keys by {sort}, first page", f"{keys}sort={sort}"
        yield f"keys by {sort}, last page", f"{keys}sort={sort}&page={last}"
    yield "keys by id, middle page", f"{keys}page={middle}"
    yield "keys by -last_used, middle page", f"{keys}sort=-last_used&page={middle}"
    for status in ["active", "disabled", "failed", "cooling", "expired"]:
        yield f"keys that are {status}", f"{keys}status={status}&sort=username"
    yield "keys of a family", f"{keys}category=llama&sort=-last_used"
    yield "keys of an account", f"{keys}account=account77"
    yield "keys of every provider by username", f"{keys}provider=all&sort=username"
    yield "keys, search for one", f"{keys}search=USER4242@"
    yield "keys, search for a third", f"{keys}search=user1&sort=-total_requests"
    yield "keys, search for all, last page", f"{keys}search=example&page={last}"
    yield "keys, search for none", f"{keys}search=nobody"
    yield "statistics, first page", "/admin/keys/stats?sort=-total_requests"
    yield "statistics, last page", f"/admin/keys/stats?sort=-total_requests&page={last}"
    yield "accounts, first page", "/admin/accounts"
    yield "accounts, last page", f"/admin/accounts?page={args.keys // 150}"
    yield "accounts, search", "/admin/accounts?search=ACCOUNT77"


def p95(args, pool, path, problems):
    connection, spans = pool.connect(), []
    for _ in range(args.repeats):
        begin = time.monotonic()
        status, answer = pool.call(connection, "GET", path)
        spans.append((time.monotonic() - begin) * 1000)
        if status != 200 or "total" not in answer:
            problems.append(f"{path}: {status}")
    return sorted(spans)[max(0, -(-len(spans) * 95 // 100) - 1)]


def bulk(pool, home, args, problems):
    """Once each, over all keys; a list asked for meanwhile waits for what is not written yet."""
    figures = {}
    everything = {"filter": {"provider": "all"}, "all": True}
    for name, path, body in [
        ("disable all by filter", "/admin/keys/disable", {**everything, "duration": 0, "reason": "bench"}),
        ("enable all by filter", "/admin/keys/enable", everything),
        ("change all by filter", "/admin/keys/update", {**everything, "set": {"weight": 2}}),
    ]:
        run.say(f"{home.name}: {name}")
        begin = time.monotonic()
        connection = pool.connect()
        connection.timeout = 300
        _, answer = pool.call(connection, "POST", path, body)
        figures[f"{name}, ms"] = (time.monotonic() - begin) * 1000
        if answer["affected"] != args.keys:
            problems.append(f"{home.name}: {name}: {answer}")
    begin = time.monotonic()
    connection = pool.connect()
    connection.request("GET", "/admin/api-keys/export", headers={"Authorization": f"Bearer {pool.admin_token}"})
    lines = connection.getresponse().read().count(b"\n")
    figures["export all, ms"] = (time.monotonic() - begin) * 1000
    if lines != args.keys + 1:
        problems.append(f"{home.name}: the export has {lines} lines")
    return figures


def table(args, columns):
    names = list(columns)
    first = columns[names[0]]
    rows = [f"| {args.keys:,} keys | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    rows += [f"| {case} | " + " | ".join(f"{columns[name][case]:,.0f}" for name in names) + " |" for case in first]
    return "\n".join([report.machine(tools=False), f"- p95 of {args.repeats} requests in ms, unless it says otherwise", "", *rows])


if __name__ == "__main__":
    sys.exit(main())
