"""Web apps through the tunnel, beside nginx in front of the same program and the program itself."""

import asyncio
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from real_agents import server_and_fleet
from rig import Missing, free_port, resident_kib, until, wrk

WHOLE = 1 << 30      # bytes of one transfer
SOCKETS = 1000
ROUNDS = 20          # of echoes on each of them
CONNECTIONS, SECONDS = 32, 5
PATH = "/@bench/many-1/apps/code/"

# What a WebSocket becomes once it is open is bytes: these come back. What is uploaded is counted, and thrown away.
PROGRAM = """
import asyncio, sys

async def serve(reader, writer):
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            if b"\\r\\nupgrade:" in head.lower():
                writer.write(b"HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n")
                while piece := await reader.read(65536):
                    writer.write(piece)
                    await writer.drain()
                break
            left = next((int(line.split(b":")[1]) for line in head.split(b"\\r\\n") if line.lower().startswith(b"content-length:")), 0)
            while left > 0:
                left -= len(await reader.read(min(left, 1 << 20)))
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), limit=1 << 20, backlog=2048)
    async with server:
        await server.serve_forever()

asyncio.run(main())
"""


class Programs:
    """The app (nginx for what is read, a program for what is written and for WebSockets), and nginx in front of it."""

    def __init__(self):
        if not shutil.which("nginx"):
            raise Missing("nginx is not installed")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-bench-apps-"))
        os.chmod(self.folder, 0o755)
        self.app, self.front, sink = free_port(), free_port(), free_port()
        for name, size in (("1k", 1 << 10), ("64k", 64 << 10), ("whole", WHOLE)):
            with open(self.folder / name, "wb") as file:
                file.truncate(size)
        through = ("proxy_http_version 1.1; proxy_set_header Connection $going_on; proxy_set_header Upgrade $http_upgrade; proxy_set_header Host $http_host;"
                   "proxy_max_temp_file_size 0; proxy_request_buffering off; client_max_body_size 0; proxy_read_timeout 600s;")
        conf = (f"worker_processes 2; pid {self.folder}/pid; error_log /dev/null; daemon off; events {{ worker_connections 8192; }}\n"
                "http { access_log off; keepalive_requests 1000000000; default_type application/octet-stream;\n"
                "map $http_upgrade $going_on { default upgrade; '' ''; }\n"
                f"upstream app {{ server 127.0.0.1:{self.app}; keepalive 64; }}\nupstream sink {{ server 127.0.0.1:{sink}; keepalive 64; }}\n"
                f"server {{ listen 127.0.0.1:{self.app}; root {self.folder}; sendfile on; location /sink {{ proxy_pass http://sink; {through} }} }}\n"
                f"server {{ listen 127.0.0.1:{self.front}; location / {{ proxy_pass http://app; {through} }} location /sink {{ proxy_pass http://sink; {through} }} }} }}\n")
        (self.folder / "nginx.conf").write_text(conf)
        self.processes = []
        try:
            self._start(["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], f"http://127.0.0.1:{self.front}/1k")
            self._start([sys.executable, "-c", PROGRAM, str(sink)], f"http://127.0.0.1:{sink}/sink")
        except BaseException:
            self.__exit__()
            raise

    def _start(self, command, url):
        self.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))
        until(f"{url} answering", lambda: answers(url), 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.processes:
            one.terminate()
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(one.pid, signal.SIGKILL)
                one.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def answers(url):
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    return False


class Way:
    """One way to the app: its address, and the fields that open it."""

    def __init__(self, name, port, prefix="/", cookie=None):
        self.name, self.port, self.prefix, self.cookie = name, port, prefix, cookie or (lambda: "")

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{self.prefix}{path}"

    def head(self, method, path, more=""):
        cookie = self.cookie()
        return (f"{method} {self.prefix}{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n" + (f"Cookie: {cookie}\r\n" if cookie else "") + more + "\r\n").encode()


def token_cookie(server):
    """What a browser holds after its first page: good for a minute, without a statement."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    request = urllib.request.Request(server.url + PATH + "1k", headers={"Coder-Session-Token": server.token})
    with urllib.request.build_opener(Stay).open(request, timeout=20) as answer:
        cookies = answer.headers.get_all("Set-Cookie") or []
    found = [one.split(";")[0] for one in cookies if one.startswith("coder_signed_app_token=")]
    if not found:
        raise RuntimeError("the app's first page brought no token")
    return found[0]


def requests(report, ways, folder):
    for size, least in (("1k", None), ("64k", 0.8)):
        rates = {}
        for way in ways:
            script = folder / f"{way.name}.lua"
            script.write_text(f'wrk.headers["Cookie"] = "{way.cookie()}"\n')
            wrk(way.url(size), connections=CONNECTIONS, seconds=1, script=script)
            rate, p99, wrong = wrk(way.url(size), connections=CONNECTIONS, seconds=SECONDS, script=script)
            if wrong:
                raise RuntimeError(f"{wrong} answers by {way.name} were errors")
            rates[way.name] = rate
            report.add(f"apps.{size}.{way.name}", f"GET of {size.upper()}iB, {way.name}, requests a second", rate, "/s", note=f"p99 {p99:.2f} ms")
        report.add(f"apps.{size}.to_nginx", "  ratio of slipwayd to nginx", rates["slipwayd"] / rates["nginx"], "x", least=least)
        report.add(f"apps.{size}.to_direct", "  ratio to the app itself", rates["slipwayd"] / rates["direct"], "x")


def connected(way):
    one = socket.create_connection(("127.0.0.1", way.port), timeout=60)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one


def read_head(one):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = one.recv(65536)
        if not piece:
            raise RuntimeError("the connection ended before the answer came")
        head += piece
    head, _, rest = head.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(head.decode(errors="replace")[:200])
    return rest


def download(way):
    buffer = bytearray(1 << 20)
    with connected(way) as one:
        began = time.monotonic()
        one.sendall(way.head("GET", "whole", "Connection: close\r\n"))
        got = len(read_head(one))
        while got < WHOLE:
            size = one.recv_into(buffer)
            if size == 0:
                raise RuntimeError(f"{way.name} broke off after {got} bytes")
            got += size
        return WHOLE / (time.monotonic() - began) / 1e6


def upload(way):
    piece = bytes(1 << 20)
    with connected(way) as one:
        began = time.monotonic()
        one.sendall(way.head("POST", "sink", f"Content-Length: {WHOLE}\r\nConnection: close\r\n"))
        for _ in range(WHOLE // len(piece)):
            one.sendall(piece)
        read_head(one)
        return WHOLE / (time.monotonic() - began) / 1e6


def transfers(report, ways, server):
    for name, what, carry in (("down", "1 GiB to the browser", download), ("up", "1 GiB from the browser", upload)):
        before = resident_kib(server.process.pid)
        speeds = {way.name: carry(way) for way in ways}
        for way in ways:
            report.add(f"apps.{name}.{way.name}", f"{what}, {way.name}", speeds[way.name], "MB/s")
        report.add(f"apps.{name}.to_nginx", "  ratio of slipwayd to nginx", speeds["slipwayd"] / speeds["nginx"], "x", least=0.8)
        report.add(f"apps.{name}.memory", "  slipwayd resident more than before", max(0, resident_kib(server.process.pid) - before) / 1024, "MiB", most=16.0)


async def open_socket(way, head):
    reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", way.port, limit=1 << 16), 30)
    writer.write(head)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(head.decode(errors="replace")[:200])
    return reader, writer


async def echo(pair, took):
    reader, writer = pair
    for _ in range(ROUNDS):
        began = time.monotonic()
        writer.write(b"x" * 64)
        await asyncio.wait_for(reader.readexactly(64), 60)
        took.append((time.monotonic() - began) * 1000)


async def sockets_on(way, idle):
    """What `idle` finds once all are open and nothing is said on them; then milliseconds of each echo, all of them at once."""
    open_ones = []
    asking = way.head("GET", "sink", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
    for at in range(0, SOCKETS, 50):
        open_ones += await asyncio.gather(*(open_socket(way, asking) for _ in range(min(50, SOCKETS - at))))
    await asyncio.sleep(3)
    found, took = idle(), []
    await asyncio.gather(*(echo(pair, took) for pair in open_ones))
    for _, writer in open_ones:
        writer.close()
    return found, took


def sockets(report, ways, server):
    for way in ways:
        before = resident_kib(server.process.pid)
        after, took = asyncio.run(sockets_on(way, lambda: resident_kib(server.process.pid)))
        cuts = statistics.quantiles(took, n=100)
        report.add(f"apps.sockets.{way.name}", f"{SOCKETS:,} WebSockets, an echo on all at once, {way.name}, median", statistics.median(took), "ms", note=f"p99 {cuts[98]:.1f} ms")
        if way.name == "slipwayd":
            report.add("apps.sockets.memory", "  slipwayd resident for one that is idle", (after - before) / SOCKETS, "KiB", most=48.0)
    descriptors = server.metric("process_open_fds")
    until("the streams being freed", lambda: server.metric("process_open_fds") < SOCKETS / 2, 15, 0.5)
    report.add("apps.sockets.left", "slipwayd's open descriptors after they have gone", server.metric("process_open_fds"), "", note=f"{descriptors:.0f} at once")


def statements_of_one(report, server, way):
    first = server.metric("slipway_db_statements_total")
    for _ in range(100):
        urllib.request.urlopen(urllib.request.Request(way.url("1k"), headers={"Cookie": way.cookie()}), timeout=20).read()
    # The look itself costs a key's look-up and the statements of the gauges; the server's own loops go on.
    report.add("apps.sql", "SQL statements for 100 requests with a token, and the server's own meanwhile", server.metric("slipway_db_statements_total") - first, "", most=40)


def apps(report):
    with Programs() as programs, server_and_fleet(1, "--trusted-proxies", "127.0.0.1/32") as (server, fleet):  # all come from one address
        fleet.start_up_to(1)
        port = int(server.url.rsplit(":", 1)[1])
        direct, nginx = Way("direct", programs.app), Way("nginx", programs.front)
        # The agent reaches the app itself, as nginx does: neither stands behind the other.
        server.sql("-c", f"update workspace_apps set url = 'http://localhost:{programs.app}/' where slug = 'code'")
        ours = Way("slipwayd", port, PATH, lambda: token_cookie(server))
        held = token_cookie(server)
        statements_of_one(report, server, Way("slipwayd", port, PATH, lambda: held))
        ways = (direct, nginx, ours)
        requests(report, ways, programs.folder)
        transfers(report, ways, server)
        sockets(report, ways, server)
