"""Processes under measurement: start, stop, CPU time and memory of a process and its children."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
STOP_TIMEOUT_SECS = 20
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


@contextlib.contextmanager
def running(command, cwd, env=None):
    """The process `command`, with its output in a file in `cwd`, stopped at the end."""
    log_path = os.path.join(cwd, os.path.basename(command[0]) + ".log")
    with open(log_path, "ab") as log:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            # Not even a killed benchmark leaves a server behind.
            preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
        )
    process.log_path = log_path
    try:
        yield process
    finally:
        stop(process)


def stop(process):
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(ready, process, timeout_secs=30, every_secs=0.002):
    deadline = time.monotonic() + timeout_secs
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            with open(process.log_path, encoding="utf-8", errors="replace") as log:
                tail = "".join(log.readlines()[-20:])
            raise SystemExit(f"{process.args[0]} did not get ready ({process.poll()}):\n{tail}")
        time.sleep(every_secs)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def listens(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def family(process):
    """The process and its descendants: nginx works in children of its master."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parents[int(name)] = int(stat_fields(name)[1])
    pids = [process.pid]
    for pid in pids:
        pids += [child for child, parent in parents.items() if parent == pid]
    return pids


def stat_fields(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        # The name before these fields is in parentheses and may hold anything.
        return stat.read().rpartition(")")[2].split()


def cpu_us(process):
    """User and system time since the start, in microseconds."""
    return sum(sum(map(int, stat_fields(pid)[11:13])) for pid in family(process)) * TICK_US


def rss_mb(process, field="VmRSS"):
    """Resident memory in MB; `VmHWM` is the most there was since `forget_peak`."""
    total_kb = 0
    for pid in family(process):
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            total_kb += sum(int(line.split()[1]) for line in status if line.startswith(field + ":"))
    return total_kb / 1024


def forget_peak(process):
    for pid in family(process):
        with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as refs:
            refs.write("5")
