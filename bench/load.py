"""Load by wrk, and what one run of it showed."""

import dataclasses
import json
import os
import statistics
import subprocess

import procs

LUA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chat.lua")
MARK = "bench-result "


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    connections: int
    stream: bool = False
    prompt_bytes: int = 100


@dataclasses.dataclass(frozen=True)
class Run:
    requests: int
    failed: int
    rps: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    peak_mb: float


def measure(case, url, token, process, seconds):
    """Loads `url` for some seconds and watches `process`, which serves it."""
    procs.forget_peak(process)
    before_us = procs.cpu_us(process)
    result = wrk(case, url, token, seconds)
    used_us = procs.cpu_us(process) - before_us
    return Run(
        requests=result["requests"],
        failed=result["failed"],
        rps=result["requests"] / (result["duration_us"] / 1e6),
        p50_ms=result["p50_us"] / 1000,
        p99_ms=result["p99_us"] / 1000,
        cpu_us=used_us / max(result["requests"], 1),
        peak_mb=procs.rss_mb(process, "VmHWM"),
    )


def wrk(case, url, token, seconds):
    threads = 1 if case.connections < 64 else 2
    done = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{case.connections}", f"-d{seconds}s", "--timeout", "10s",
         "--latency", "-s", LUA, url + "/v1/chat/completions"],
        env={**os.environ, "BENCH_TOKEN": token, "BENCH_STREAM": str(case.stream).lower(),
             "BENCH_PROMPT_BYTES": str(case.prompt_bytes)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            return json.loads(line[len(MARK):])
    raise SystemExit(f"wrk failed ({done.returncode}):\n{done.stdout}")


def mean(runs):
    """One run out of several: sums of counts, means of the rest, the highest peak."""
    fields = {name: [getattr(run, name) for run in runs] for name in Run.__dataclass_fields__}
    combine = {"requests": sum, "failed": sum, "peak_mb": max}
    return Run(**{name: combine.get(name, statistics.fmean)(values) for name, values in fields.items()})
