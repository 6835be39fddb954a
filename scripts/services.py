#!/usr/bin/env python3
"""A private PostgreSQL, Redis and mail server for tests, gone when the tests are.

    scripts/services.py -- CMD ARGS...   run CMD with TEST_DATABASE_URL, TEST_REDIS_URL and
                                         TEST_SMTP_DIR (see smtp_server.py) set, stop the servers,
                                         exit with CMD's code
    scripts/services.py --hold           print all as one line of JSON, stay until stdin closes;
                                         lines there are obeyed: `stop`, `kill` or `start`, and
                                         `postgres` or `redis`. Each is answered by a line of JSON
                                         when it is done: {"error": null}, or why it failed

With TEST_TLS_DIR, a directory of certificates (see servers.Tls), PostgreSQL and Redis speak TLS, too:
Redis at a port of its own, in TEST_REDIS_TLS_URL.

A variable that is already set is used as it is and its server is not started. Without the
binary of PostgreSQL or Redis a container is used where `docker` works.
"""

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import servers
from servers import STOP_TIMEOUT_SECS, Failed, die_with_parent

TLS_URL = "TEST_REDIS_TLS_URL"
NAMES = ("TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_SMTP_DIR")
COMMANDS = ("stop", "kill", "start")
PARENT = os.getppid()  # asked before anything takes time, so that its death is noticed later


class Stop(Exception):
    """A signal asked us to end."""

    def __init__(self, signum):
        super().__init__(signum)
        self.signum = signum


def main(args):
    if args == ["--hold"]:
        body = hold
    elif len(args) > 1 and args[0] == "--":
        body = functools.partial(run, args[1:])
    else:
        sys.exit(__doc__)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, on_signal)
    try:
        with Services() as services:
            return body(services)
    except Stop as stop:
        return 128 + stop.signum
    except Failed as why:
        print(f"services.py: {why}", file=sys.stderr)
        return 1


def on_signal(signum, _frame):
    raise Stop(signum)


def run(command, services):
    """Runs the command and returns its exit code."""
    # Started from a terminal the command stays in its foreground group, where Ctrl-C reaches it
    # anyway. Elsewhere it gets a group of its own, so that a signal reaches all of its children.
    own_group = not sys.stdin.isatty()

    def prepare():
        if own_group:
            os.setpgid(0, 0)
        die_with_parent(signal.SIGTERM)

    try:
        child = subprocess.Popen(command, env={**os.environ, **services.urls()}, preexec_fn=prepare)
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from None
    send = (lambda signum: os.killpg(child.pid, signum)) if own_group else child.send_signal
    try:
        while child.poll() is None:
            if os.getppid() != PARENT:
                raise Stop(signal.SIGTERM)
            try:
                child.wait(0.5)
            except subprocess.TimeoutExpired:
                pass
    except Stop as stop:
        ignore_signals()
        if own_group or stop.signum != signal.SIGINT:
            send(stop.signum)
        try:
            child.wait(STOP_TIMEOUT_SECS)
        except subprocess.TimeoutExpired:
            send(signal.SIGKILL)
            child.wait()
        raise
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def hold(services):
    """Obeys until whoever started this closes our stdin, which a dying process does too."""
    print(json.dumps(services.urls()), flush=True)
    for line in iter(sys.stdin.readline, ""):
        command, _, name = line.strip().partition(" ")
        try:
            services.obey(command, name)
            error = None
        except Failed as why:
            error = str(why)
        print(json.dumps({"error": error}), flush=True)
    # A test runner waits for these pipes: it must not wait for the servers to stop.
    point_at_null(1, 2)
    return 0


def ignore_signals():
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def point_at_null(*fds):
    null = os.open(os.devnull, os.O_RDWR)
    for fd in fds:
        os.dup2(null, fd)
    os.close(null)


class Services:
    """The servers and the directory they live in."""

    def __init__(self):
        self.dir = None
        self.janitor = None
        self.servers = {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def urls(self):
        more = [name for name in (TLS_URL,) if name in os.environ]
        return {name: os.environ[name] for name in (*NAMES, *more)}

    def start(self):
        urls, user = {}, servers.server_user()
        source = os.environ.get("TEST_TLS_DIR")
        tls = servers.Tls(source, self.path(user), user) if source else None
        if not os.environ.get("TEST_DATABASE_URL"):
            port = servers.free_port()
            self.add("postgres", servers.postgres(self.path(user), port, user, tls))
            urls["TEST_DATABASE_URL"] = f"postgres://pool@127.0.0.1:{port}/pool"
        if not os.environ.get("TEST_REDIS_URL"):
            port, more = servers.free_port(), ()
            if tls:
                tls_port = servers.free_port()
                more = tls.of_redis(tls_port)
                urls[TLS_URL] = f"rediss://localhost:{tls_port}/"
            self.add("redis", servers.redis(self.path(user), port, user, more))
            urls["TEST_REDIS_URL"] = f"redis://127.0.0.1:{port}/"
        if not os.environ.get("TEST_SMTP_DIR"):
            path = f"{self.path(user)}/smtp"
            self.add("smtp", servers.smtp(self.path(user), path))
            urls["TEST_SMTP_DIR"] = path
        for server in self.servers.values():
            server.wait_until_it_answers()
        os.environ.update(urls)

    def add(self, name, server):
        self.servers[name] = server
        server.start()

    def obey(self, command, name):
        if command not in COMMANDS or name not in self.servers:
            raise Failed(f"no such command, or no such server here: {command} {name}")
        server = self.servers[name]
        getattr(server, command)()
        if command == "start":
            server.wait_until_it_answers()

    def path(self, user):
        """The directory, made when it is needed first."""
        if not self.dir:
            self.dir = tempfile.mkdtemp(prefix="pool-services-")
            self.janitor = fork_janitor(self.dir)
            if user:
                os.chown(self.dir, user.pw_uid, user.pw_gid)
        return self.dir

    def stop(self):
        ignore_signals()
        for server in self.servers.values():
            server.kill()
        if self.janitor:
            pid, pipe = self.janitor
            os.close(pipe)
            os.waitpid(pid, 0)


def fork_janitor(path):
    """Forks a process that removes the directory once this process is gone, however it went."""
    theirs, ours = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, ours
    try:
        os.setsid()
        ignore_signals()
        # Holding on to somebody's pipe would keep them waiting for its end.
        point_at_null(0, 1, 2)
        os.dup2(theirs, 3)
        os.closerange(4, 1024)
        os.read(3, 1)
        remove_containers(path)
        # Servers that are still going down may write once more.
        for _ in range(100):
            shutil.rmtree(path, ignore_errors=True)
            if not os.path.exists(path):
                break
            time.sleep(0.1)
    finally:
        os._exit(0)


def remove_containers(path):
    try:
        with open(f"{path}/containers", encoding="ascii") as names:
            subprocess.run(["docker", "rm", "-f", "-v", *names.read().split()], check=False)
    except OSError:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
