"""Forgotten passwords by mail: a real mail server with TLS and sign-in, the link it brings, the page behind it."""

import asyncio
import datetime
import email
import email.policy
import os
import re
import ssl
import threading
import time
import urllib.parse

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import expect

from browser import Visitor, chromium
from conftest import PASSWORD, Server, first_user, folder_for_server, free_port, until

NEW = "AnotherSecurePassword!"
WRONG = "Incorrect email or one-time passcode."


def certificate(folder, name):
    """A certificate of its own authority, for a name; the paths of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    cert, secret = folder / f"{name}.pem", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return cert, secret


def tls(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


class Postbox:
    """What the mail server was told, mail by mail."""

    def __init__(self):
        self.mails, self.hold = [], threading.Event()
        self.hold.set()

    async def handle_DATA(self, server, session, envelope):
        while not self.hold.is_set():
            await asyncio.sleep(0.05)
        self.mails.append((session, envelope))
        return "250 taken"

    def to(self, address):
        return [email.message_from_bytes(envelope.content, policy=email.policy.default) for _, envelope in self.mails if envelope.rcpt_tos == [address]]

    def wait(self, address, least=1):
        return until(f"mail number {least} for {address}", lambda: (lambda found: found if len(found) >= least else None)(self.to(address)), 20)


def link_in(message):
    return re.search(r"^(https?://\S+)\s*$", message.get_content(), re.M)[1]


def code_in(message):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(link_in(message)).query)["otp"][0]


def signs_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"slipway", b"the mail password"))


def mail_server(box, **more):
    running = Controller(box, hostname="127.0.0.1", port=free_port(), **more)
    running.start()
    return running


@pytest.fixture(scope="module")
def place():
    with folder_for_server() as path:
        yield path


@pytest.fixture(scope="module")
def box():
    return Postbox()


@pytest.fixture(scope="module")
def mailing(place, box):
    """A server that mails by STARTTLS with a password, to a host whose certificate has another name."""
    cert, key = certificate(place, "smtp.example.test")
    postman = mail_server(box, tls_context=tls(cert, key), require_starttls=True, auth_required=True, authenticator=signs_in)
    secret = place / "mail-password"
    secret.write_text("the mail password\n")
    secret.chmod(0o600)
    server = Server(place, "--email-from", "Slipway <slipway@example.com>", "--email-smarthost", f"127.0.0.1:{postman.port}", "--email-hello", "dev.example.com",
                    "--email-tls-starttls", "--email-tls-server-name", "smtp.example.test", "--email-tls-ca-cert-file", str(cert),
                    "--email-auth-username", "slipway", "--email-auth-password-file", str(secret)).start()
    server.owner = first_user(server)
    yield server
    server.stop()
    postman.stop()


@pytest.fixture()
def person(mailing, request):
    """Somebody new, whom nobody has mailed yet."""
    name = re.sub(r"[^a-z]+", "-", request.node.name.lower())[-30:].strip("-")
    mailing.owner.send("POST", "/users", {"email": f"{name}@example.com", "username": name, "password": PASSWORD}, 201)
    return f"{name}@example.com"


def ask(server, address):
    with server.api() as http:
        return http.post("/api/v2/users/otp/request", json={"email": address})


def change(server, address, code, password=NEW):
    with server.api() as http:
        return http.post("/api/v2/users/otp/change-password", json={"email": address, "one_time_passcode": code, "password": password})


def sign_in(server, address, password):
    with server.api() as http:
        return http.post("/api/v2/users/login", json={"email": address, "password": password})


def sql(server, text):
    with psycopg.connect((server.data / "postgres.url").read_text(), autocommit=True) as connection:
        connection.execute(text)


def refused(answer):
    return answer.status_code == 400 and answer.json()["message"] == WRONG


def test_a_mail_brings_a_code_for_a_new_password(mailing, box, person):
    old = sign_in(mailing, person, PASSWORD).json()["session_token"]
    assert ask(mailing, person).status_code == 204
    message = box.wait(person)[0]

    assert message["From"] == "Slipway <slipway@example.com>" and message["To"] == person
    assert message["Message-ID"].endswith("@example.com>") and message["Date"].datetime and message["MIME-Version"] == "1.0"
    assert not message.defects and message.get_content_type() == "text/plain" and message["Auto-Submitted"] == "auto-generated"
    session = box.mails[-1][0]
    assert session.ssl and session.authenticated and session.host_name == "dev.example.com"
    assert link_in(message).startswith(mailing.url + "/reset-password/change?otp=") and link_in(message).endswith(urllib.parse.quote(person, safe=""))

    assert change(mailing, person, code_in(message)).status_code == 204
    assert sign_in(mailing, person, PASSWORD).status_code == 401
    assert sign_in(mailing, person, NEW).status_code == 201
    with mailing.api(old) as http:
        assert http.get("/api/v2/users/me").status_code == 401
    assert refused(change(mailing, person, code_in(message), "YetAnotherPassword!")), "a code is good once"
    lines = mailing.owner.get(f"/audit?q=resource_type:user+username:{person.split('@')[0]}")["audit_logs"]
    assert [line["action"] for line in lines if line["action"] != "create"][:2] == ["write", "request_password_reset"]
    assert code_in(message) not in mailing.log.read_text()


def test_nobody_learns_who_has_an_account(mailing, box, person):
    unknown, known = ask(mailing, "nobody@example.com"), ask(mailing, person)

    def told(answer):
        return answer.status_code, answer.content, sorted(name for name in answer.headers if name.lower() not in ("date", "x-coder-request-id"))

    assert told(unknown) == told(known)
    box.wait(person)
    assert not box.to("nobody@example.com")
    assert refused(change(mailing, "nobody@example.com", "x")) and refused(change(mailing, person, "x"))


def test_a_code_that_expired_is_refused(mailing, box, person):
    ask(mailing, person)
    code = code_in(box.wait(person)[0])
    sql(mailing, "update password_resets set expires_at = now()")
    assert refused(change(mailing, person, code))


def test_ten_wrong_guesses_void_a_code(mailing, box, person):
    ask(mailing, person)
    code = code_in(box.wait(person)[0])
    for _ in range(10):
        assert refused(change(mailing, person, "wrong"))
    assert refused(change(mailing, person, code))
    ask(mailing, person)
    assert change(mailing, person, code_in(box.wait(person, 2)[1])).status_code == 204


def test_a_slow_mail_server_delays_neither_answers_nor_the_end(mailing, box, person):
    box.hold.clear()
    try:
        for _ in range(3):
            began = time.monotonic()
            assert ask(mailing, person).status_code == 204
            assert sign_in(mailing, person, PASSWORD).status_code == 201, "passwords are looked at meanwhile"
            assert time.monotonic() - began < 5
        mailing.stop()
        mailing.start()
    finally:
        box.hold.set()
    assert sign_in(mailing, person, PASSWORD).status_code == 201


def test_tls_from_the_first_byte_and_a_certificate_that_is_not_believed(place, fresh):
    cert, key = certificate(place, "localhost")
    other, _ = certificate(place, "elsewhere.example.test")
    box = Postbox()
    postman = mail_server(box, ssl_context=tls(cert, key))
    try:
        flags = ["--email-from", "slipway@example.com", "--email-smarthost", f"localhost:{postman.port}", "--email-force-tls"]
        server = fresh(*flags, "--email-tls-ca-cert-file", str(other))
        first_user(server)
        assert ask(server, "owner@example.com").status_code == 204
        until("the log saying why", lambda: "did not take the mail" in server.log.read_text(), 20)
        server.stop()
        assert not box.mails
        server.flags[server.flags.index(str(other))] = str(cert)
        server.start()
        assert ask(server, "owner@example.com").status_code == 204
        assert change(server, "owner@example.com", code_in(box.wait("owner@example.com")[0])).status_code == 204
    finally:
        postman.stop()


def test_a_mail_server_that_demands_a_certificate(place, fresh):
    cert, key = certificate(place, "picky.example.test")
    own, own_key = certificate(place, "slipway.example.test")
    context = tls(cert, key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(own)
    box = Postbox()
    postman = mail_server(box, tls_context=context, require_starttls=True)
    try:
        server = fresh("--email-from", "slipway@example.com", "--email-smarthost", f"127.0.0.1:{postman.port}", "--email-tls-starttls",
                       "--email-tls-server-name", "picky.example.test", "--email-tls-ca-cert-file", str(cert))
        first_user(server)
        assert ask(server, "owner@example.com").status_code == 204
        until("the log saying that it has none", lambda: "did not take the mail" in server.log.read_text(), 20)
        server.stop()
        assert not box.mails
        os.chmod(own_key, 0o600)
        server.flags += ["--email-tls-cert-file", str(own), "--email-tls-cert-key-file", str(own_key)]
        server.start()
        assert ask(server, "owner@example.com").status_code == 204
        box.wait("owner@example.com")
        assert box.mails[0][0].ssl
    finally:
        postman.stop()


def test_without_a_mail_server_the_log_says_how_to_get_one(fresh):
    server = fresh()
    first_user(server)
    assert ask(server, "owner@example.com").status_code == 204
    until("the log saying what is missing", lambda: "--email-smarthost" in server.log.read_text(), 20)


def test_the_pages_lead_from_a_forgotten_password_to_a_new_one(mailing, box, person):
    with chromium() as running:
        visitor = Visitor(running, mailing.url).expecting(401, "/api/v2/users/me$").expecting(400, "/otp/change-password$")
        page = visitor.go("/login")
        page.get_by_role("link", name="Forgot password?").click()
        expect(page.get_by_label("Email")).to_be_focused()
        page.get_by_role("button", name="Send the mail").click()
        expect(page.get_by_text("This does not look like an email address.")).to_be_visible()
        page.get_by_label("Email").fill(person)
        visitor.look("reset", still=False)
        page.get_by_role("button", name="Send the mail").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        visitor.look("reset-sent", still=False)

        page.goto(link_in(box.wait(person)[0]))
        expect(page.get_by_label("Email")).to_have_value(person)
        visitor.look("reset-change")
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password once more").fill(NEW)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_text("The two are not the same.")).to_be_visible()
        page.get_by_label("New password once more").fill(PASSWORD)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_text("Choose another one.")).to_be_visible()
        visitor.look("reset-change-same", still=False)
        page.get_by_label("New password", exact=True).fill(NEW)
        page.get_by_label("New password once more").fill(NEW)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
        visitor.look("reset-done", still=False)
        page.get_by_role("link", name="Sign in").click()
        visitor.sign_in(person, NEW)

        page = visitor.go(f"/reset-password/change?otp=used&email={urllib.parse.quote(person)}")
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password once more").fill(PASSWORD)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_text(WRONG)).to_be_visible()
        expect(page.get_by_role("link", name="Ask for another mail")).to_be_visible()
        visitor.look("reset-change-wrong", still=False)
        visitor.well()
        visitor.close()
