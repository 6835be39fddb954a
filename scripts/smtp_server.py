#!/usr/bin/env python3
"""A private mail server for tests; started by services.py with the Python of target/pyenv.

    smtp_server.py DIR   serve until killed

DIR gets `ca.pem`, the authority of the server's certificate for `localhost`; `mail/RECIPIENT/N.eml`
for each mail; and last, when all is ready, `ports.json`, the ports by what is offered there:
`plain` nothing, `starttls` STARTTLS alone, `tls` TLS from the first byte on; with `_auth` the user
`pool` has to sign in with the password `swordfish-for-mail`.

What becomes of a mail is in its recipient's name:
    tempfail2-…  is answered 451 twice, then taken
    cut2-…       closes the connection twice in the middle of the mail, then takes it
    reject-…     is answered 550
    hold-…       is answered when the file DIR/go/RECIPIENT is there
"""

import asyncio
import collections
import json
import os
import pathlib
import re
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = b"pool", b"swordfish-for-mail"
LOOK_EVERY_SECS = 0.02


class Handler:
    """Judges recipients and keeps mails."""

    def __init__(self, path):
        self.path = path
        self.met = collections.Counter()

    def fails_now(self, fault, address):
        """Whether this is one of the first N times for a recipient called FAULTN-…."""
        times = re.match(rf"{fault}(\d+)-", address)
        if not times:
            return False
        self.met[address] += 1
        return self.met[address] <= int(times[1])

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("reject-"):
            return f"550 5.1.1 <{address}> is nobody here"
        if self.fails_now("tempfail", address):
            return f"451 4.3.0 <{address}> has to wait"
        if address.startswith("hold-"):
            while not (self.path / "go" / address).exists():
                await asyncio.sleep(LOOK_EVERY_SECS)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        for address in envelope.rcpt_tos:
            if self.fails_now("cut", address):
                server.transport.abort()
                return "421 Gone"
            self.keep(address, envelope.content)
        return "250 OK"

    def keep(self, address, content):
        mails = self.path / "mail" / address
        mails.mkdir(parents=True, exist_ok=True)
        self.met["mails"] += 1
        name = f"{self.met['mails']:06}.eml"
        # In one step: whoever reads meanwhile sees all of it or nothing.
        (mails / f".{name}").write_bytes(content)
        (mails / f".{name}").rename(mails / name)


def authenticate(_server, _session, _envelope, _mechanism, data):
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=known, handled=False)


async def serve(path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    handler = Handler(path)
    starttls = {"tls_context": context, "require_starttls": True}
    auth = {"authenticator": authenticate, "auth_required": True}
    kinds = {
        "plain": ({}, None),
        "starttls": (starttls, None),
        "starttls_auth": ({**starttls, **auth}, None),
        "tls": ({}, context),
        # aiosmtpd doesn't see that such a connection is encrypted already.
        "tls_auth": ({**auth, "auth_require_tls": False}, context),
    }
    ports, servers = {}, []
    for name, (options, at_once) in kinds.items():
        def make(options=options):
            return SMTP(handler, hostname="localhost", **options)
        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=at_once)
        servers.append(server)
        ports[name] = server.sockets[0].getsockname()[1]
    draft = path / "ports.json.new"
    draft.write_text(json.dumps(ports))
    draft.rename(path / "ports.json")
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.umask(0o077)
    asyncio.run(serve(pathlib.Path(sys.argv[1])))
