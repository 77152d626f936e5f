"""What stands between people and a server in the field: reverse proxies that speak TLS, with the settings their packages come
with, and a company's proxy on the way out that wants a password."""

import base64
import contextlib
import datetime
import ipaddress
import os
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import threading

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import PROGRAMS, free_port, until

NAME = "slipway.test"  # nobody resolves it: who gets there came by a proxy


class Authority:
    """A private authority and one certificate by it, for this machine and for NAME."""

    def __init__(self, folder):
        self.folder = folder / "authority"
        self.folder.mkdir()
        now = datetime.datetime.now(datetime.timezone.utc)

        def certificate(name, public, issuer, signer, is_authority):
            made = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public).serial_number(x509.random_serial_number())
                    .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
                    .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True))
            if not is_authority:
                names = [x509.DNSName("localhost"), x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
                made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
            return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

        def named(text):
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        own, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        shown = certificate(named("a server"), key.public_key(), named("a private authority"), own, False)
        self.root, self.chain, self.key, self.both = (self.folder / name for name in ("root.crt", "server.crt", "server.key", "server.both"))
        self.root.write_bytes(certificate(named("a private authority"), own.public_key(), named("a private authority"), own, True))
        self.chain.write_bytes(shown)
        self.key.write_bytes(secret)
        self.both.write_bytes(shown + secret)


def nginx(folder, port, behind, authority):
    """proxy_read_timeout and proxy_send_timeout are nginx's own: 60 s."""
    (folder / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {authority.chain}; ssl_certificate_key {authority.key};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
""")
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def haproxy(folder, port, behind, authority):
    """The time limits of /etc/haproxy/haproxy.cfg as Debian ships it; without `timeout tunnel` they hold for WebSockets, too."""
    (folder / "haproxy.cfg").write_text(f"""
defaults
  mode http
  timeout connect 5000
  timeout client 50000
  timeout server 50000
frontend people
  bind 127.0.0.1:{port} ssl crt {authority.both}
  option forwardfor
  http-request set-header X-Forwarded-Proto https
  default_backend slipway
backend slipway
  server one 127.0.0.1:{behind}
""")
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


@contextlib.contextmanager
def front(kind, folder, behind, authority, port=0):
    """A reverse proxy of that kind before the port; its port."""
    port = port or free_port()
    folder.mkdir()
    command = {"nginx": nginx, "haproxy": haproxy}[kind](folder, port, behind, authority)
    command[0] = shutil.which(command[0], path=os.environ["PATH"] + ":/usr/sbin:/sbin") or command[0]
    said = folder / "said"
    process = subprocess.Popen(command, stdout=open(said, "w"), stderr=subprocess.STDOUT, start_new_session=True)

    def answers():
        assert process.poll() is None, said.read_text()
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"https://localhost:{port}/healthz", verify=str(authority.root)).status_code == 200

    try:
        until(f"{kind} answering", answers, 20)
        yield port
    finally:
        process.terminate()
        process.wait(20)


class Relay(socketserver.BaseRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(4096)
            if not piece:
                return
            head += piece
        lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        fields = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}
        if fields.get("proxy-authorization") != self.server.wants:
            self.server.turned_away.append(f"{method} {target}")
            self.request.sendall(b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
            return
        if method != "CONNECT":
            self.request.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        self.server.passed.append(target)
        with socket.create_connection(("127.0.0.1", int(target.rsplit(":", 1)[1]))) as there:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.join(there)

    def join(self, there):
        ends = {self.request: there, there: self.request}
        while True:
            for readable in select.select(list(ends), [], [])[0]:
                try:
                    piece = readable.recv(65536)
                    if not piece:
                        return
                    ends[readable].sendall(piece)
                except OSError:
                    return


class Outbound(socketserver.ThreadingTCPServer):
    """A company's proxy: CONNECT for whoever knows the password, to that port of this machine whatever the name."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, user, password):
        super().__init__(("127.0.0.1", 0), Relay)
        self.wants = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.passed, self.turned_away, self.port = [], [], self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, told):
        return f"http://{told}@127.0.0.1:{self.port}"

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


@contextlib.contextmanager
def agent(folder, url, token, **env):
    """The real agent, with an environment of its own; its log."""
    folder.mkdir()
    log = folder / "agent.log"
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "CODER_AGENT_URL": url, "CODER_AGENT_TOKEN": token, **env}
    process = subprocess.Popen([str(PROGRAMS / "slipway-agent"), "agent", "--no-reap"], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=open(log, "w"), start_new_session=True)
    try:
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
