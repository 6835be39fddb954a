#!/usr/bin/env python3
"""A private PostgreSQL, Redis and mail server for tests, gone when the tests are.

    scripts/services.py -- CMD ARGS...   run CMD with TEST_DATABASE_URL, TEST_REDIS_URL and
                                         TEST_SMTP_DIR (see smtp_server.py) set, stop the servers,
                                         exit with CMD's code
    scripts/services.py --hold           print all as one line of JSON, stay until stdin closes

A variable that is already set is used as it is and its server is not started. Without the
binary of PostgreSQL or Redis a container is used where `docker` works.
"""

import ctypes
import functools
import glob
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_TIMEOUT_SECS = 30
DOCKER_TIMEOUT_SECS = 180  # the first start pulls the image
STOP_TIMEOUT_SECS = 10
PR_SET_PDEATHSIG = 1
# Nothing here outlives the tests, so nothing needs to reach the disk. The shared memory is a file
# in the data directory because POSIX segments would stay behind when the server is killed.
POSTGRES_OPTIONS = [
    option
    for setting in (
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=300",
        "dynamic_shared_memory_type=mmap",
    )
    for option in ("-c", setting)
]
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAMES = ("TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_SMTP_DIR")
PARENT = os.getppid()  # asked before anything takes time, so that its death is noticed later
LIBC = ctypes.CDLL(None)


class Stop(Exception):
    """A signal asked us to end."""

    def __init__(self, signum):
        super().__init__(signum)
        self.signum = signum


class Failed(Exception):
    """A server could not be started; the text says why."""


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
            return body(services.urls())
    except Stop as stop:
        return 128 + stop.signum
    except Failed as why:
        print(f"services.py: {why}", file=sys.stderr)
        return 1


def on_signal(signum, _frame):
    raise Stop(signum)


def run(command, urls):
    """Runs the command and returns its exit code."""
    # Started from a terminal the command stays in its foreground group, where Ctrl-C reaches it
    # anyway. Elsewhere it gets a group of its own, so that a signal reaches all of its children.
    own_group = not sys.stdin.isatty()

    def prepare():
        if own_group:
            os.setpgid(0, 0)
        die_with_parent(signal.SIGTERM)

    try:
        child = subprocess.Popen(command, env={**os.environ, **urls}, preexec_fn=prepare)
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


def hold(urls):
    """Waits until whoever started this closes our stdin, which a dying process does too."""
    print(json.dumps(urls), flush=True)
    while os.read(0, 4096):
        pass
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


def die_with_parent(signum):
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signum)


class Services:
    """The servers and the directory they live in."""

    def __init__(self):
        self.dir = None
        self.janitor = None
        self.children = []
        # PostgreSQL refuses to run as root, so as root it and Redis run as somebody else.
        self.user = server_user() if os.geteuid() == 0 else None

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
        return {name: os.environ[name] for name in NAMES}

    def start(self):
        postgres = None if os.environ.get("TEST_DATABASE_URL") else self.start_postgres()
        redis = None if os.environ.get("TEST_REDIS_URL") else self.start_redis()
        smtp = None if os.environ.get("TEST_SMTP_DIR") else self.start_smtp()
        if postgres:
            self.wait_for("postgres", *postgres, postgres_answers)
            os.environ["TEST_DATABASE_URL"] = f"postgres://pool@127.0.0.1:{postgres[1]}/pool"
        if redis:
            self.wait_for("redis", *redis, redis_answers)
            os.environ["TEST_REDIS_URL"] = f"redis://127.0.0.1:{redis[1]}/"
        if smtp:
            child, path = smtp
            self.wait_for("smtp", child, f"{path}/ports.json", os.path.exists)
            os.environ["TEST_SMTP_DIR"] = path

    def make_dir(self):
        if self.dir:
            return
        self.dir = tempfile.mkdtemp(prefix="pool-services-")
        self.janitor = fork_janitor(self.dir)
        if self.user:
            os.chown(self.dir, self.user.pw_uid, self.user.pw_gid)

    def start_postgres(self):
        self.make_dir()
        port = free_port()
        bin_dir = postgres_bin_dir()
        if bin_dir:
            child = self.spawn(["sh", "-c", self.postgres_script(bin_dir, port)], "postgres", signal.SIGQUIT)
        else:
            child = self.spawn_container(
                "postgres", "postgresql",
                ["-p", f"127.0.0.1:{port}:5432", "-e", "POSTGRES_USER=pool",
                 "-e", "POSTGRES_HOST_AUTH_METHOD=trust", "postgres:17", *POSTGRES_OPTIONS],
            )
        return child, port

    def postgres_script(self, bin_dir, port):
        data = f"{self.dir}/data"
        return f"""
            {bin_dir}/initdb --pgdata={data} --username=pool --auth=trust --no-sync \
                --encoding=UTF8 --locale=C.UTF-8 --no-instructions >&2 &&
            echo 'CREATE DATABASE pool' |
                {bin_dir}/postgres --single -F -D {data} postgres >&2 &&
            exec {bin_dir}/postgres -D {data} -p {port} -c listen_addresses=127.0.0.1 \
                -c unix_socket_directories={self.dir} {' '.join(POSTGRES_OPTIONS)}
        """

    def start_redis(self):
        self.make_dir()
        port = free_port()
        binary = shutil.which("redis-server")
        if binary:
            child = self.spawn(
                [binary, "--bind", "127.0.0.1", "--port", str(port), "--dir", self.dir,
                 "--save", "", "--appendonly", "no"],
                "redis", signal.SIGTERM,
            )
        else:
            child = self.spawn_container(
                "redis", "redis-server",
                ["-p", f"127.0.0.1:{port}:6379", "redis:7", "--save", "", "--appendonly", "no"],
            )
        return child, port

    def start_smtp(self):
        self.make_dir()
        python = f"{ROOT}/target/pyenv/bin/python"
        if not os.access(python, os.X_OK):
            raise Failed("no target/pyenv for the mail server here: `make deps` makes it")
        path = f"{self.dir}/smtp"
        os.mkdir(path)
        script = f"{ROOT}/scripts/smtp_server.py"
        # Not as somebody else, who may not be let into this directory.
        child = self.spawn([python, script, path], "smtp", signal.SIGTERM, own_user=True)
        return child, path

    def spawn(self, command, name, stop_signal, own_user=False):
        as_user = {}
        if self.user and not own_user:
            as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        # A session of its own: Ctrl-C must not take the servers away under the tests that are
        # just ending. The kernel forgets the parent-death signal when the user changes, and
        # `preexec_fn` runs after that.
        with open(f"{self.dir}/{name}.log", "wb") as log:
            child = subprocess.Popen(
                command, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=lambda: die_with_parent(stop_signal), **as_user,
            )
        self.children.append((child, stop_signal))
        return child

    def spawn_container(self, name, package, args):
        if not docker_works():
            raise Failed(
                f"no {name} server here: `make deps` installs the Debian package {package} "
                "(or start docker, or set TEST_DATABASE_URL and TEST_REDIS_URL to your own)"
            )
        # The janitor reads this list: a container does not die with the process that started it.
        with open(f"{self.dir}/containers", "a", encoding="ascii") as names:
            names.write(f"{container_name(self.dir, name)}\n")
        command = ["docker", "run", "--rm", "-d", "--name", container_name(self.dir, name), *args]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed(f"docker run for {name}: {done.stderr.strip()}")
        return None

    def wait_for(self, name, child, place, answers):
        limit = START_TIMEOUT_SECS if child else DOCKER_TIMEOUT_SECS
        deadline = time.monotonic() + limit
        while not answers(place):
            if child and child.poll() is not None:
                raise Failed(f"{name} ended with {child.returncode}:\n{self.log_tail(name)}")
            if time.monotonic() > deadline:
                raise Failed(f"{name} did not answer within {limit} s:\n{self.log_tail(name)}")
            time.sleep(0.02)

    def log_tail(self, name):
        try:
            with open(f"{self.dir}/{name}.log", encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-15:])
        except OSError:
            return ""

    def stop(self):
        ignore_signals()
        for child, stop_signal in self.children:
            signal_group(child, stop_signal)
        for child, _ in self.children:
            try:
                child.wait(STOP_TIMEOUT_SECS)
            except subprocess.TimeoutExpired:
                signal_group(child, signal.SIGKILL)
                child.wait()
        if self.janitor:
            pid, pipe = self.janitor
            os.close(pipe)
            os.waitpid(pid, 0)


def signal_group(child, signum):
    # The whole session: initdb's own children too, when the stop comes that early.
    try:
        os.killpg(child.pid, signum)
    except ProcessLookupError:
        pass


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


def container_name(path, name):
    return f"{os.path.basename(path)}-{name}"


def remove_containers(path):
    try:
        with open(f"{path}/containers", encoding="ascii") as names:
            subprocess.run(["docker", "rm", "-f", *names.read().split()], check=False)
    except OSError:
        pass


def server_user():
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Failed("PostgreSQL does not run as root and there is no user `postgres` or `nobody`")


def postgres_bin_dir():
    # Debian keeps these out of PATH.
    versions = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    versions.sort(key=lambda path: [int(part) for part in re.findall(r"\d+", path)], reverse=True)
    for postgres in [*versions, shutil.which("postgres")]:
        if postgres and os.access(os.path.join(os.path.dirname(postgres), "initdb"), os.X_OK):
            return os.path.dirname(postgres)
    return None


def docker_works():
    if not shutil.which("docker"):
        return False
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.run(["docker", "info"], timeout=10, **quiet).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def postgres_answers(port):
    """Logs in: a port that listens may still belong to a server that is starting up."""
    params = b"user\0pool\0database\0pool\0\0"
    startup = (len(params) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + params
    return answers_with(port, startup, b"Z\0\0\0\5", bye=b"X\0\0\0\4")


def redis_answers(port):
    return answers_with(port, b"PING\r\n", b"+PONG")


def answers_with(port, question, answer, bye=b""):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
            sock.sendall(question)
            got = b""
            while answer not in got:
                part = sock.recv(4096)
                if not part:
                    return False
                got += part
            sock.sendall(bye)
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
