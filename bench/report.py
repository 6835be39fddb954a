"""The result as markdown."""

import os
import platform
import re
import subprocess


def machine(tools=True):
    """Where it was measured, and with which other programs beside."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        models = re.findall(r"^model name\s*: (.*)$", info.read(), re.MULTILINE)
    beside = [
        f"- beside: {output('sh', '-c', 'PATH=$PATH:/usr/sbin; nginx -v 2>&1').removeprefix('nginx version: ')}, "
        f"load by {' '.join(output('wrk', '-v').split()[:2])}",
    ] if tools else []
    return "\n".join([
        f"- machine: {len(os.sched_getaffinity(0))} × {models[0] if models else platform.machine()}, "
        f"Linux {platform.release()}; clients, proxy and upstream share it",
        f"- commit: {output('git', 'describe', '--always', '--dirty') or 'none'}",
        *beside,
    ])


def output(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False, cwd=os.path.dirname(__file__))
    return done.stdout.strip()


def load_table(results):
    """`results` is a list of (case, nginx's run, the pool's run)."""
    rows = ["| case | proxy | requests/s | p50 ms | p99 ms | CPU µs/request | peak MB |", "|---|---|--:|--:|--:|--:|--:|"]
    for case, nginx, pool in results:
        rows.append(row(case.name, "nginx", *values(nginx)))
        rows.append(row("", "pool", *values(pool)))
        ratios = [ours / theirs if theirs else 0 for theirs, ours in zip(values(nginx), values(pool))]
        rows.append("| | **pool ÷ nginx** | " + " | ".join(f"**{ratio:.2f}**" for ratio in ratios) + " |")
    return "\n".join(rows)


def memory_table(keys, ready_ms, idle, bodies):
    """`idle` and `bodies` are (nginx, pool) in MB."""
    return "\n".join([
        "| | nginx | pool |",
        "|---|--:|--:|",
        f"| start until ready, {keys:,} keys, ms | – | {ready_ms:.0f} |",
        f"| memory after the start, {keys:,} keys, MB | {idle[0]:.1f} | {idle[1]:.1f} |",
        f"| peak memory, 16 connections with bodies of 1 MB, MB | {bodies[0]:.1f} | {bodies[1]:.1f} |",
    ])


def values(run):
    return run.rps, run.p50_ms, run.p99_ms, run.cpu_us, run.peak_mb


def row(case, proxy, rps, p50_ms, p99_ms, cpu_us, peak_mb):
    return f"| {case} | {proxy} | {rps:,.0f} | {p50_ms:.2f} | {p99_ms:.2f} | {cpu_us:.1f} | {peak_mb:.1f} |"


def write(path, text, name="bench"):
    """Replaces what stands between the marks of this name in a file."""
    first, last = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    with open(path, encoding="utf-8") as file:
        old = file.read()
    head, begin, rest = old.partition(first)
    _, end, tail = rest.partition(last)
    if not begin or not end:
        raise SystemExit(f"{path}: no {first} … {last}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{head}{first}\n{text}\n{last}{tail}")
