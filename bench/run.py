#!/usr/bin/env python3
"""Measures the pool beside nginx's `proxy_pass` in one run, over the same stub upstream.

Everything listens on loopback, lives in a temporary directory and is gone at the end. The exit code
is 1 when a request failed or when the pool counted other requests than were made.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

import load
import procs
import report
import servers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASES = [
    load.Case("1 connection", 1),
    load.Case("64 connections", 64),
    load.Case("256 connections", 256),
    load.Case("500 streams of 50 chunks", 500, stream=True),
]
LARGE_BODIES = load.Case("16 connections, 1 MB bodies", 16, prompt_bytes=1_000_000)


def main():
    args = arguments()
    # Ends by the same way as a failure, which stops the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    bin_dir = os.path.abspath(args.bin_dir) if args.bin_dir else build()
    with tempfile.TemporaryDirectory(prefix="pool-bench-") as cwd:
        with servers.stub(os.path.join(bin_dir, "pool-stub"), cwd) as stub_port:
            text, problems = compare(args, os.path.join(bin_dir, "ollama-api-pool"), cwd, stub_port)
    print(text)
    if problems:
        print("\n".join(["", "NOT VALID:", *problems]), file=sys.stderr)
        return 1
    if args.write:
        report.write(args.write, text)
    return 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE", help="put the result between the marks in this file")
    parser.add_argument("--seconds", type=int, default=8, help="length of each load (8)")
    parser.add_argument("--rounds", type=int, default=2, help="loads per case and proxy (2)")
    parser.add_argument("--keys", type=int, default=10_000, help="keys in the pool (10000)")
    parser.add_argument("--bin-dir", metavar="DIR", help="measure the binaries there, build nothing")
    return parser.parse_args()


def build():
    subprocess.run(["cargo", "build", "--profile", "dist", "--workspace", "--bins"], cwd=ROOT, check=True)
    return os.path.join(ROOT, os.environ.get("CARGO_TARGET_DIR", "target"), "dist")


def compare(args, pool_binary, cwd, stub_port):
    pool = servers.Pool(pool_binary, cwd, stub_port)
    nginx = servers.Nginx(cwd, stub_port)
    say(f"adding {args.keys} keys")
    with pool.start():
        pool.fill(args.keys)
    # The second start has the full database to read.
    with pool.start(), nginx.start():
        idle = procs.rss_mb(nginx.process), procs.rss_mb(pool.process)
        runs = [alternate(case, nginx, pool, args) for case in [*CASES, LARGE_BODIES]]
        problems = failures(runs) + count_problems(pool, runs, args.rounds)
    *results, (_, *bodies) = runs
    return "\n\n".join([
        report.machine(),
        report.load_table(results),
        report.memory_table(args.keys, pool.ready_ms, idle, [run.peak_mb for run in bodies]),
    ]), problems


def alternate(case, nginx, pool, args):
    """Both proxies by turns, so that a machine that slows down slows both."""
    runs = {nginx: [], pool: []}
    for number in range(args.rounds):
        for proxy in (nginx, pool):
            say(f"{case.name}: {proxy.name}, {number + 1} of {args.rounds}")
            runs[proxy].append(
                load.measure(case, proxy.url(case.stream), proxy.token, proxy.process, args.seconds)
            )
    return case, load.mean(runs[nginx]), load.mean(runs[pool])


def failures(runs):
    return [
        f"{case.name}: {name}: {run.failed} of {run.requests} requests failed"
        for case, *pair in runs
        for name, run in zip(("nginx", "pool"), pair)
        if run.failed or not run.requests
    ]


def count_problems(pool, runs, rounds):
    """Compares the pool's own count with wrk's."""
    made = sum(run.requests for _, _, run in runs)
    # wrk leaves out what it cut off at the end: one request on each connection.
    cut_off = sum(rounds * case.connections for case, _, _ in runs)
    deadline = time.monotonic() + 10
    while True:
        counted = pool.stats()["total_requests"]
        if made <= counted <= made + cut_off:
            return []
        # The statistics are written in batches.
        if time.monotonic() > deadline:
            return [f"the pool counted {counted} requests, wrk made {made}"]
        time.sleep(0.2)


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
