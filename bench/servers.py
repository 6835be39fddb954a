"""The three servers of a benchmark: the stub upstream, nginx and the pool."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import secrets
import shutil
import time

import procs

NGINX_CONF = """
daemon off;
{user}
worker_processes 2;
worker_rlimit_nofile 8192;
pid {dir}/nginx.pid;
error_log {dir}/nginx-error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_max_body_size 0;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    upstream stub {{
        server 127.0.0.1:{stub};
        keepalive 512;
        keepalive_requests 100000000;
    }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server {{
        listen 127.0.0.1:{plain} backlog=4096;
        location / {{ proxy_pass http://stub; }}
    }}
    server {{
        listen 127.0.0.1:{stream} backlog=4096;
        location / {{ proxy_pass http://stub; proxy_buffering off; }}
    }}
}}
"""


@contextlib.contextmanager
def stub(binary, cwd):
    port = procs.free_port()
    with procs.running([binary, "--listen", f"127.0.0.1:{port}", "--chunks", "50"], cwd) as process:
        procs.wait_until(lambda: procs.listens(port), process)
        yield port


class Nginx:
    """A bare reverse proxy: the least that anything between client and upstream can cost."""

    name = "nginx"
    token = "none"

    def __init__(self, cwd, stub_port):
        self.cwd = cwd
        self.ports = {False: procs.free_port(), True: procs.free_port()}
        self.conf = os.path.join(cwd, "nginx.conf")
        # Started as root its workers would become a user who may not enter the directory.
        user = "user root;" if os.geteuid() == 0 else ""
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(NGINX_CONF.format(
                dir=cwd, user=user, stub=stub_port, plain=self.ports[False], stream=self.ports[True],
            ))

    @contextlib.contextmanager
    def start(self):
        binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        command = [binary, "-p", self.cwd, "-e", f"{self.cwd}/nginx-error.log", "-c", self.conf]
        with procs.running(command, self.cwd) as self.process:
            procs.wait_until(lambda: all(map(procs.listens, self.ports.values())), self.process)
            yield self

    def url(self, stream):
        return f"http://127.0.0.1:{self.ports[stream]}"


class Pool:
    name = "pool"

    def __init__(self, binary, cwd, stub_port):
        self.binary = binary
        self.cwd = cwd
        self.token = None
        self.port = procs.free_port()
        self.admin_token = secrets.token_hex(32)
        # Only these: a developer's own settings must not change the result, nor a `.env`, which
        # is why the pool runs in a directory without one.
        self.env = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": cwd,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WORKERS": "2",
            "OLLAMA_BASE_URL": f"http://127.0.0.1:{stub_port}",
            "ADMIN_TOKEN": self.admin_token,
            "RUST_LOG": "warn",
            # All load comes from one address.
            "ENABLE_RATE_LIMIT": "false",
        }

    @contextlib.contextmanager
    def start(self):
        begin = time.monotonic()
        with procs.running([self.binary, "serve"], self.cwd, self.env) as self.process:
            procs.wait_until(self.is_ready, self.process)
            self.ready_ms = (time.monotonic() - begin) * 1000
            yield self

    def url(self, stream):
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self):
        try:
            return self.call(self.connect(), "GET", "/readyz", check=False)[0] == 200
        except OSError:
            return False

    def fill(self, keys):
        """Adds keys over a few connections that stay open, and the client token."""
        ways = 8

        def add(count):
            connection = self.connect()
            for _ in range(count):
                key = f"{secrets.token_hex(16)}.{secrets.token_urlsafe(18)}"
                self.call(connection, "POST", "/admin/api-keys", {"api_key": key, "username": "bench"})

        with concurrent.futures.ThreadPoolExecutor(ways) as threads:
            list(threads.map(add, [keys // ways + (way < keys % ways) for way in range(ways)]))
        self.token = self.call(self.connect(), "POST", "/admin/tokens", {"name": "bench"})[1]["token"]

    def stats(self):
        return self.call(self.connect(), "GET", "/admin/stats")[1]

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def call(self, connection, method, path, body=None, check=True):
        headers = {"Authorization": f"Bearer {self.admin_token}", "Content-Type": "application/json"}
        connection.request(method, path, body and json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        if check and response.status // 100 != 2:
            raise SystemExit(f"{method} {path}: {response.status} {text[:300]}")
        return response.status, json.loads(text) if check else None
