"""The servers of services.py: each a process, or a container where its binary is missing, that can
be stopped and started again with the same port and the same data."""

import ctypes
import glob
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

START_TIMEOUT_SECS = 30
DOCKER_TIMEOUT_SECS = 180  # the first start pulls the image
STOP_TIMEOUT_SECS = 10
PR_SET_PDEATHSIG = 1
# Nothing here outlives the tests, so nothing needs to reach the disk; but a commit that was
# confirmed outlives a killed server, as it does in earnest. The shared memory is a file in the data
# directory because POSIX segments would stay behind when the server is killed.
POSTGRES_OPTIONS = [
    option
    for setting in (
        "fsync=off",
        "full_page_writes=off",
        "max_connections=300",
        "dynamic_shared_memory_type=mmap",
    )
    for option in ("-c", setting)
]
# Below those that systems hand out by themselves: nobody gets one while its server is away.
PORTS = range(20_000, 32_000)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBC = ctypes.CDLL(None)


class Failed(Exception):
    """A server could not be started; the text says why."""


class Process:
    """A server that is a child of ours."""

    timeout_secs = START_TIMEOUT_SECS

    def __init__(self, path, name, command, signals, user=None):
        self.path, self.name, self.command, self.user = path, name, command, user
        # To end well, and to end at once.
        self.stop_signal, self.kill_signal = signals
        self.child = None

    def start(self):
        as_user = {}
        if self.user:
            as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        # A session of its own: Ctrl-C must not take the servers away under the tests that are
        # just ending. The kernel forgets the parent-death signal when the user changes, and
        # `preexec_fn` runs after that.
        with open(self.log(), "ab") as log:
            self.child = subprocess.Popen(
                self.command, cwd=self.path, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=lambda: die_with_parent(self.kill_signal),
                **as_user,
            )

    def stop(self):
        self.signal(self.stop_signal)
        self.wait()

    def kill(self):
        self.signal(self.kill_signal)
        self.wait()

    def signal(self, signum):
        # The whole session: initdb's own children too, when the stop comes that early.
        try:
            os.killpg(self.child.pid, signum)
        except ProcessLookupError:
            pass

    def wait(self):
        try:
            self.child.wait(STOP_TIMEOUT_SECS)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.child.wait()

    def ended(self):
        return self.child.poll()

    def log(self):
        return f"{self.path}/{self.name}.log"

    def log_tail(self):
        with open(self.log(), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-15:])


class Container:
    """A server that docker runs."""

    timeout_secs = DOCKER_TIMEOUT_SECS

    def __init__(self, path, name, package, args):
        if not docker_works():
            raise Failed(
                f"no {name} server here: `make deps` installs the Debian package {package} "
                "(or start docker, or set TEST_DATABASE_URL and TEST_REDIS_URL to your own)"
            )
        self.name, self.container, self.args = name, f"{os.path.basename(path)}-{name}", args
        self.made = False
        # The janitor reads this list: a container does not die with the process that started it.
        with open(f"{path}/containers", "a", encoding="ascii") as names:
            names.write(f"{self.container}\n")

    def start(self):
        if self.made:
            self.docker("start", self.container)
        else:
            self.docker("run", "-d", "--name", self.container, *self.args)
        self.made = True

    def stop(self):
        self.docker("stop", self.container)

    def kill(self):
        self.docker("kill", self.container)

    def docker(self, *args):
        done = subprocess.run(
            ["docker", *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise Failed(f"docker {args[0]} for {self.name}: {done.stderr.strip()}")

    def ended(self):
        return None

    def log_tail(self):
        done = subprocess.run(["docker", "logs", "--tail", "15", self.container],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout


class Server:
    """A server and how one sees that it answers."""

    def __init__(self, runner, place, answers):
        self.runner, self.place, self.answers = runner, place, answers
        self.up = False

    def start(self):
        if not self.up:
            self.runner.start()
            self.up = True

    def stop(self):
        if self.up:
            self.up = False
            self.runner.stop()

    def kill(self):
        if self.up:
            self.up = False
            self.runner.kill()

    def wait_until_it_answers(self):
        limit, name = self.runner.timeout_secs, self.runner.name
        deadline = time.monotonic() + limit
        while not self.answers(self.place):
            if self.runner.ended() is not None:
                raise Failed(f"{name} ended with {self.runner.ended()}:\n{self.runner.log_tail()}")
            if time.monotonic() > deadline:
                raise Failed(f"{name} did not answer within {limit} s:\n{self.runner.log_tail()}")
            time.sleep(0.02)


class Tls:
    """Copies of a certificate and its key that only the servers' user can read, as PostgreSQL wants
    it. `source` has them as server.pem and server.key, and as ca.pem the authorities of clients'
    certificates."""

    def __init__(self, source, path, user):
        self.certificate, self.key, self.authorities = (
            f"{path}/{name}" for name in ("server.pem", "server.key", "ca.pem")
        )
        for copy in (self.certificate, self.key, self.authorities):
            shutil.copyfile(f"{source}/{os.path.basename(copy)}", copy)
            os.chmod(copy, 0o600)
            if user:
                os.chown(copy, user.pw_uid, user.pw_gid)

    def of_postgres(self):
        return ["-c", "ssl=on", "-c", f"ssl_cert_file={self.certificate}",
                "-c", f"ssl_key_file={self.key}", "-c", f"ssl_ca_file={self.authorities}"]

    def of_redis(self, port):
        return ["--tls-port", str(port), "--tls-cert-file", self.certificate,
                "--tls-key-file", self.key, "--tls-ca-cert-file", self.authorities,
                "--tls-auth-clients", "no"]


def postgres(path, port, user, tls=None):
    """With `tls` it speaks TLS, too."""
    bin_dir = postgres_bin_dir()
    if bin_dir:
        script = postgres_script(path, bin_dir, port, tls.of_postgres() if tls else [])
        signals = (signal.SIGINT, signal.SIGQUIT)
        runner = Process(path, "postgres", ["sh", "-c", script], signals, user)
    elif tls:
        raise Failed("for TLS PostgreSQL must be installed here: `make deps`")
    else:
        runner = Container(
            path, "postgres", "postgresql",
            ["-p", f"127.0.0.1:{port}:5432", "-e", "POSTGRES_USER=pool",
             "-e", "POSTGRES_HOST_AUTH_METHOD=trust", "postgres:17", *POSTGRES_OPTIONS],
        )
    return Server(runner, port, postgres_answers)


def postgres_script(path, bin_dir, port, more):
    data = f"{path}/data"
    return f"""
        if ! test -e {data}; then
            {bin_dir}/initdb --pgdata={data} --username=pool --auth=trust --no-sync \
                --encoding=UTF8 --locale=C.UTF-8 --no-instructions >&2 &&
            echo 'CREATE DATABASE pool' |
                {bin_dir}/postgres --single -F -D {data} postgres >&2
        fi &&
        exec {bin_dir}/postgres -D {data} -p {port} -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories={path} {' '.join(POSTGRES_OPTIONS + more)}
    """


def redis(path, port, user, more=()):
    """With `more` options, as those of TLS."""
    binary = shutil.which("redis-server")
    if binary:
        command = [binary, "--bind", "127.0.0.1", "--port", str(port), "--dir", path,
                   "--save", "", "--appendonly", "no", *more]
        runner = Process(path, "redis", command, (signal.SIGTERM, signal.SIGKILL), user)
    elif more:
        raise Failed("for TLS Redis must be installed here: `make deps`")
    else:
        runner = Container(
            path, "redis", "redis-server",
            ["-p", f"127.0.0.1:{port}:6379", "redis:7", "--save", "", "--appendonly", "no"],
        )
    return Server(runner, port, redis_answers)


def smtp(path, directory):
    python = f"{ROOT}/target/pyenv/bin/python"
    if not os.access(python, os.X_OK):
        raise Failed("no target/pyenv for the mail server here: `make deps` makes it")
    os.mkdir(directory)
    command = [python, f"{ROOT}/scripts/smtp_server.py", directory]
    # Not as somebody else, who may not be let into this directory.
    runner = Process(path, "smtp", command, (signal.SIGTERM, signal.SIGTERM))
    return Server(runner, f"{directory}/ports.json", os.path.exists)


def server_user():
    """Who runs the servers; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
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
    for binary in [*versions, shutil.which("postgres")]:
        if binary and os.access(os.path.join(os.path.dirname(binary), "initdb"), os.X_OK):
            return os.path.dirname(binary)
    return None


def docker_works():
    if not shutil.which("docker"):
        return False
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.run(["docker", "info"], timeout=10, **quiet).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def die_with_parent(signum):
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signum)


def free_port():
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Failed("no free port")


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
