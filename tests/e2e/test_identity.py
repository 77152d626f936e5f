"""A machine of AWS that never sees a token: its agent proves which instance it runs on, and comes back after every rebuild."""

import base64
import datetime
import http.server
import json
import os
import signal
import subprocess
import threading

import pytest
from conftest import PROGRAMS, first_user, until
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

INSTANCE = "i-0e2e5c8d7a9b1f234"
DOCUMENT = f'{{\n  "accountId" : "123456789012",\n  "instanceId" : "{INSTANCE}",\n  "region" : "us-east-1"\n}}'
TEMPLATE = f"""
terraform {{
  required_providers {{
    coder = {{ source = "coder/coder" }}
  }}
}}
data "coder_workspace" "me" {{}}
resource "coder_agent" "main" {{
  os   = "linux"
  arch = "amd64"
  auth = "aws-instance-identity"
}}
resource "terraform_data" "machine" {{
  count = data.coder_workspace.me.start_count
  input = coder_agent.main.init_script
}}
resource "coder_agent_instance" "machine" {{
  count       = data.coder_workspace.me.start_count
  agent_id    = coder_agent.main.id
  instance_id = "{INSTANCE}"
}}
"""


class Aws:
    """The metadata service of one instance, second version: nothing without a session's token. `requests` are those it answered."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.requests, service = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, text, status=200):
                service.requests.append((self.command, self.path, status))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_PUT(self):
                lasts = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
                self.answer("session" if self.path == "/latest/api/token" and lasts == "21600" else "", 200 if lasts == "21600" else 400)

            def do_GET(self):
                if self.headers.get("X-aws-ec2-metadata-token") != "session":
                    return self.answer("", 401)
                known = {"/latest/dynamic/instance-identity/document": DOCUMENT, "/latest/dynamic/instance-identity/signature": service.signature()}
                return self.answer(known.get(self.path, ""), 200 if self.path in known else 404)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def signature(self):
        """In lines, as the real one answers."""
        return base64.encodebytes(self.key.sign(DOCUMENT.encode(), padding.PKCS1v15(), hashes.SHA256())).decode().strip()

    def certificate(self):
        """Past its date: only its key counts."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ec2.example")])
        now = datetime.datetime.now(datetime.timezone.utc)
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key()).serial_number(1)
                .not_valid_before(now - datetime.timedelta(days=2)).not_valid_after(now - datetime.timedelta(days=1)).sign(self.key, hashes.SHA256()))
        return made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def aws():
    service = Aws()
    yield service
    service.server.shutdown()


@pytest.fixture
def agent(tmp_path):
    running = []

    def start(server, metadata_url):
        home = tmp_path / "machine"
        home.mkdir()
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "CODER_AGENT_URL": server.url, "CODER_AGENT_METADATA_URL": metadata_url}
        running.append(subprocess.Popen([str(PROGRAMS / "slipway-agent"), "agent", "--no-reap", "--auth", "aws-instance-identity"], cwd=home, env=env,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(tmp_path / "agent.log", "w"), start_new_session=True))
    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_an_agent_connects_by_its_machine_alone_and_again_after_a_rebuild(fresh, aws, agent, tmp_path):
    pins = tmp_path / "aws.pem"
    pins.write_bytes(aws.certificate())
    server = fresh("--aws-instance-identity-certificates", pins, "--instance-identity-offline")
    owner = first_user(server)
    version = owner.version(TEMPLATE)
    owner.import_ended(version)
    template = owner.template_of(version, "machine")
    workspace = owner.send("POST", "/users/me/workspaces", {"name": "cloud", "template_id": template["id"]}, 201)
    owner.built(workspace["id"])

    agent(server, aws.url)
    ready = owner.ready(workspace["id"])

    first = next(a for r in ready["latest_build"]["resources"] for a in r["agents"] or [])
    assert first["instance_id"] == INSTANCE
    assert ("PUT", "/latest/api/token", 200) in aws.requests
    assert owner.cli("ssh", "cloud", "echo over there").stdout == "over there\n"
    proof = {"document": DOCUMENT, "signature": aws.signature()}
    token = server.api().post("/api/v2/workspaceagents/aws-instance-identity", json=proof).json()["session_token"]
    assert token not in server.log.read_text() and proof["signature"].splitlines()[0] not in server.log.read_text()
    issued = [line for line in server.log.read_text().splitlines() if "instance identity exchanged" in line]
    assert any("issued" in line and first["id"] in line and "127.0.0.1" in line for line in issued), issued

    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "stop"}, 201)
    owner.built(workspace["id"], "stopped")
    refused = server.api().post("/api/v2/workspaceagents/aws-instance-identity", json=proof)
    assert refused.status_code == 400, refused.text
    assert refused.json()["message"] == f"Resource found for id \"{INSTANCE}\", but isn't registered on the latest history."

    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "start"}, 201)
    until("the agent being back under the new build", lambda: next(
        (a for r in owner.get(f"/workspaces/{workspace['id']}")["latest_build"]["resources"] for a in r["agents"] or [] if a["status"] == "connected"), None), 120)


def test_identity_check_says_what_a_server_would(aws, tmp_path):
    pins = tmp_path / "anchors"
    pins.mkdir()
    (pins / "us-east-1.pem").write_bytes(aws.certificate())
    document, signature = tmp_path / "document", tmp_path / "signature"
    document.write_text(DOCUMENT)
    signature.write_text(aws.signature())
    command = [str(PROGRAMS / "slipway"), "identity", "check", "--provider", "aws", "--signature", str(signature), "--document", str(document),
               "--output", "json"]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    good = subprocess.run([*command, "--anchors", str(pins)], env=env, capture_output=True, text=True, timeout=60)
    bad = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    assert good.returncode == 0, good.stdout + good.stderr
    assert json.loads(good.stdout)["instance_id"] == INSTANCE
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert json.loads(bad.stdout)["detail"] == "crypto/rsa: verification error"
