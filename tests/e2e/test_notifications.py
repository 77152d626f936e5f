"""Notifications that leave the house: a real mail server, a real receiver of calls, servers that are killed between."""

import contextlib
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import threading
import time
import uuid

import psycopg
import pytest
from aiosmtpd.controller import Controller

from conftest import first_user, free_port, until
from test_mail import Postbox, ask, code_in

DELETED = "f517da0b-cdc9-410f-ab89-a86107c420ed"
DORMANT = "0ea69165-ec14-4314-91f1-69566ac3c5a0"
SECRET = "a secret of the webhook"
HASTE = ("--notifications-fetch-interval", "1s", "--notifications-retry-interval", "1s", "--notifications-lease-period", "4s", "--notifications-dispatch-timeout",
         "2s", "--notifications-store-sync-interval", "1s")
MAILING = ("--email-from", "Slipway <slipway@example.com>")


class Receiver:
    """A webhook that keeps every call, and answers as it is told: `script` is asked for each, and 200 is the rule."""

    def __init__(self, port=0):
        receiver = self
        self.calls, self.lock, self.script = [], threading.Lock(), lambda call: 200

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = {"body": body, "json": json.loads(body), "headers": self.headers, "id": self.headers["X-Message-Id"]}
                status = receiver.script(call)
                with receiver.lock:
                    receiver.calls.append(dict(call, status=status))
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        with self.lock:
            return [call for call in self.calls if call["status"] == 200]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture()
def receiver():
    made = Receiver()
    yield made
    made.close()


class House:
    """A server with its database, to which events are written as any feature of the server writes them."""

    def __init__(self, server):
        self.server = server
        self.owner = first_user(server)
        self.database = psycopg.connect((server.data / "postgres.url").read_text(), autocommit=True)
        self.me = self.owner.get("/users/me")["id"]

    def sql(self, text, *values):
        done = self.database.execute(text, values)
        return done.fetchall() if done.description else None

    def person(self, name):
        made = {"email": f"{name}@example.com", "username": name, "password": "SomeSecurePassword!"}
        return self.owner.send("POST", "/users", made, 201)["id"]

    def forget(self):
        """What the people's making told of."""
        self.sql("delete from notification_events")

    @staticmethod
    def event(people, kind=DELETED, key=None, **labels):
        labels = {"name": "ws", "reason": "initiated by user", "initiator": "bo", **labels}
        return {"id": str(uuid.uuid4()), "template": kind, "users": people, "template_admins": False, "user_admins": False, "owners_in_template": None,
                "except": None, "even_suspended": False, "title": "t", "content": "c", "actions": [], "organization": None, "labels": labels,
                "data": None, "targets": people, "created_by": "test", "key": key or str(uuid.uuid4())}

    def tell(self, *events):
        assert self.sql("select write_notifications(%s)", [json.dumps(event) for event in events]) == [("",)]

    def states(self):
        return dict(self.sql("select status, count(*) from notification_messages group by status"))

    def all_in(self, **states):
        until(f"messages to be {states}", lambda: self.states() == states or None, 60)


def calling(fresh, receiver, *more):
    house = House(fresh("--notifications-method", "webhook", "--notifications-webhook-endpoint", receiver.url, "--notifications-webhook-secret", SECRET, *HASTE, *more))
    return house


@contextlib.contextmanager
def mail_server(handler):
    running = Controller(handler, hostname="127.0.0.1", port=free_port())
    running.start()
    try:
        yield running
    finally:
        running.stop()


def test_a_call_is_signed_and_made_once_and_never_for_what_was_undone(fresh, receiver):
    house = calling(fresh, receiver)
    with house.database.transaction(force_rollback=True):
        house.tell(house.event([house.me], name="undone"))
    house.tell(house.event([house.me], name="done"))

    house.all_in(sent=1)

    [call] = receiver.calls
    stamp, mark = (part.split("=", 1)[1] for part in call["headers"]["X-Slipway-Signature"].split(","))
    assert hmac.compare_digest(mark, hmac.new(SECRET.encode(), f"{stamp}.".encode() + call["body"], hashlib.sha256).hexdigest())
    assert call["headers"]["Content-Type"] == "application/json"
    assert list(call["json"]) == ["_version", "msg_id", "payload", "title", "title_markdown", "body", "body_markdown"]
    assert call["json"]["payload"]["labels"] == {"initiator": "bo", "name": "done", "reason": "initiated by user"}
    assert call["json"]["payload"]["targets"] == [house.me]


def test_a_receiver_that_was_down_gets_everything_once_it_is_up(fresh):
    port = free_port()
    late = Receiver.__new__(Receiver)
    late.url = f"http://127.0.0.1:{port}/hook"
    house = calling(fresh, late, "--notifications-max-send-attempts", "50")
    for _ in range(20):
        house.tell(house.event([house.me]))
    until("an attempt that failed", lambda: house.states().get("temporary_failure"), 30)

    up = Receiver(port)
    house.all_in(sent=20)

    assert len({call["id"] for call in up.calls}) == len(up.calls) == 20
    up.close()


def test_a_slow_receiver_delays_no_other_message_and_is_called_again(fresh, receiver):
    slow = threading.Event()

    def script(call):
        if call["json"]["payload"]["labels"]["name"] == "slow":
            slow.wait(10)
        return 200

    receiver.script = script
    house = calling(fresh, receiver)
    house.tell(house.event([house.me], name="slow"), *[house.event([house.me], name=f"quick{i}") for i in range(5)])

    until("the quick ones", lambda: house.states().get("sent", 0) >= 5, 20)
    until("the slow one to be given up", lambda: house.states().get("temporary_failure"), 20)
    slow.set()
    house.all_in(sent=6)


def test_what_a_receiver_refuses_is_kept_with_its_reason(fresh, receiver):
    receiver.script = lambda call: 400 if call["json"]["payload"]["labels"]["name"] == "bad" else 200
    house = calling(fresh, receiver)
    house.tell(house.event([house.me], name="bad"), house.event([house.me], name="good"))

    house.all_in(sent=1, permanent_failure=1)

    assert house.sql("select status_reason, attempt_count from notification_messages where status = 'permanent_failure'") == [("permanent 400", 1)]
    assert len(receiver.calls) == 2


def test_nothing_is_lost_when_servers_are_killed_and_repeats_have_the_same_id(fresh, receiver):
    receiver.script = lambda call: time.sleep(0.02) or 200
    flags = ("--notifications-method", "webhook", "--notifications-webhook-endpoint", receiver.url, "--notifications-lease-count", "10", *HASTE)
    keeper = House(fresh("--provisioner-daemons", "0", *flags))
    database = (keeper.server.data / "postgres.url").read_text()
    second = fresh("--postgres-url", database, "--provisioner-daemons", "0", *flags, data="second")
    kills, told = 0, 0

    for _ in range(5):
        for _ in range(40):
            keeper.tell(keeper.event([keeper.me], name=f"n{told}"))
            told += 1
        until("some of them", lambda: len(receiver.taken()) >= told - 35, 60)
        second.kill()
        kills += 1
        second.start()
    keeper.all_in(sent=told)

    names = [call["json"]["payload"]["labels"]["name"] for call in receiver.taken()]
    assert set(names) == {f"n{i}" for i in range(told)}
    assert len(names) - told <= kills * 10
    by_name = {}
    for call in receiver.taken():
        by_name.setdefault(call["json"]["payload"]["labels"]["name"], set()).add(call["id"])
    assert all(len(ids) == 1 for ids in by_name.values())


def test_a_server_that_stops_leaves_the_rest_to_the_other(fresh, receiver):
    receiver.script = lambda call: time.sleep(0.1) or 200
    flags = ("--notifications-method", "webhook", "--notifications-webhook-endpoint", receiver.url, *HASTE)
    keeper = House(fresh("--provisioner-daemons", "0", *flags))
    second = fresh("--postgres-url", (keeper.server.data / "postgres.url").read_text(), "--provisioner-daemons", "0", *flags, data="second")
    keeper.tell(*[keeper.event([keeper.me]) for _ in range(100)])
    until("the first of them", lambda: receiver.taken(), 30)

    second.stop()
    keeper.all_in(sent=100)

    assert len(receiver.calls) == len({call["id"] for call in receiver.calls}) == 100


def test_a_pause_holds_what_leaves_and_not_the_inbox(fresh, receiver):
    house = calling(fresh, receiver)
    house.sql("insert into site_settings values ('notifications_settings', '{\"notifier_paused\": true}')")
    asleep = house.sql("select now()")[0][0]
    house.tell(house.event([house.me], name="first"), house.event([house.me], name="second"))
    until("three looks at what is due", lambda: house.sql("select now() - %s > interval '4 s'", asleep)[0][0] or None, 20)
    assert not receiver.calls and house.states() == {"pending": 2}
    assert house.sql("select count(*) from inbox_notifications where template_id = %s", DELETED) == [(2,)]

    house.sql("update site_settings set value = '{\"notifier_paused\": false}' where key = 'notifications_settings'")
    house.all_in(sent=2)


class Sorting(Postbox):
    """Refuses by the name of who is written to."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never"):
            return f"550 {address} is nobody"
        if address.startswith("later") and not getattr(self, "asked", set()) & {address}:
            self.asked = getattr(self, "asked", set()) | {address}
            return "451 come again"
        envelope.rcpt_tos.append(address)
        return "250 ok"


def test_mails_are_whole_and_refused_ones_harm_no_other(fresh):
    box = Sorting()
    with mail_server(box) as postman:
        house = House(fresh(*MAILING, "--email-smarthost", f"127.0.0.1:{postman.port}", *HASTE))
        people = {name: house.person(name) for name in ("ana", "never", "later", "bo")}
        until("what their accounts told of", lambda: not {"pending", "leased", "temporary_failure"} & set(house.states()), 30)
        house.forget()
        house.tell(house.event(list(people.values()), name="Wörk", reason="<b>tidy</b>"))
        house.all_in(sent=3, permanent_failure=1)

        [(reason,)] = house.sql("select status_reason from notification_messages where status = 'permanent_failure'")
        assert reason == "permanent 550: 550 (address) is nobody"
        [mail] = box.to("ana@example.com")
        strict = email.message_from_bytes(bytes(mail), policy=email.policy.strict)
        for header in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"):
            assert len(strict.get_all(header)) == 1, header
        assert strict["Subject"] == "Your workspace Wörk was deleted"
        [(message,)] = house.sql("select id::text from notification_messages where user_id = %s", people["ana"])
        assert strict["Message-ID"] == f"<{message}@example.com>"
        text, html = strict.iter_parts()
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        assert text.get_content_charset() == html.get_content_charset() == "utf-8"
        assert "<b>tidy</b>" in text.get_content() and "&lt;b&gt;tidy&lt;/b&gt;" in html.get_content()
        assert len(box.to("bo@example.com")) == len(box.to("later@example.com")) == 1


HOSTILE = ("a](http://x.example)", "<img src=x onerror=alert(1)>", "&lt;a href='http://x.example'&gt;", "x\r\nBcc: eve@example.com", "\u202egnp.exe", "\"><script>")


def test_a_value_brings_no_element_link_or_header(fresh, browser):
    box = Postbox()
    with mail_server(box) as postman:
        house = House(fresh(*MAILING, "--email-smarthost", f"127.0.0.1:{postman.port}", *HASTE))
        ana = house.person("ana")
        until("what the account told of", lambda: not {"pending", "leased", "temporary_failure"} & set(house.states()), 30)
        house.forget()
        box.mails.clear()
        for value in ("plain", *HOSTILE):
            for kind in (DELETED, DORMANT):
                house.tell(house.event([ana], kind, name=value, reason=value, initiator=value, timeTilDormant=value))
        box.wait("ana@example.com", 2 * (1 + len(HOSTILE)))

    page = browser.new_page(java_script_enabled=True)
    shapes = {}
    for mail in box.to("ana@example.com"):
        assert mail["Bcc"] is None and len(mail.get_all("Subject")) == 1
        page.set_content(mail.get_body(("html",)).get_content())
        shape = page.evaluate("""() => [...document.querySelectorAll('*')].map(e => e.tagName + [...e.attributes].map(a =>
            a.name + (a.name === 'href' ? new URL(a.value).origin : '')).join())""")
        shapes.setdefault(len(shape), set()).add(tuple(shape))
    assert len(shapes) == 2 and all(len(same) == 1 for same in shapes.values()), shapes
    page.close()


def test_a_code_is_mailed_during_a_pause_and_kept_nowhere(fresh):
    box = Postbox()
    with mail_server(box) as postman:
        house = House(fresh(*MAILING, "--email-smarthost", f"127.0.0.1:{postman.port}", *HASTE))
        house.sql("insert into site_settings values ('notifications_settings', '{\"notifier_paused\": true}')")
        assert ask(house.server, "owner@example.com").status_code == 204

        code = code_in(box.wait("owner@example.com")[0])

        for table in ("notification_events", "notification_messages", "inbox_notifications", "password_resets", "audit_logs"):
            assert house.sql(f"select count(*) from {table} x where position(%s in x::text) > 0", code) == [(0,)], table
        assert house.sql("select count(*) from notification_messages where notification_template_id = '62f86a30-2330-4b61-a26d-311ff3b608cf'") == [(0,)]


def test_a_flood_leaves_as_one_mail_and_is_logged_once(fresh):
    box = Postbox()
    with mail_server(box) as postman:
        house = House(fresh(*MAILING, "--email-smarthost", f"127.0.0.1:{postman.port}", *HASTE))
        house.sql("insert into site_settings values ('notifications_settings', '{\"notifier_paused\": true}')")
        house.forget()
        house.tell(*(dict(house.event([house.me], name=f"ws-{number}"), urgent=False) for number in range(200)), house.event([house.me], name="urgent"))
        assert house.sql("select count(*) from notification_messages where hold_until is not null") == [(200,)]
        house.sql("update notification_messages set hold_until = now() where hold_until is not null")
        house.sql("update site_settings set value = '{\"notifier_paused\": false}' where key = 'notifications_settings'")
        house.all_in(sent=201)
        house.server.stop()

        mails = {mail["Subject"]: mail for mail in box.to("owner@example.com")}
        assert sorted(mails) == ["200 notifications from Slipway", "Your workspace urgent was deleted"] and len(box.mails) == 2
        digest = mails["200 notifications from Slipway"]
        text = digest.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert text.startswith("Workspace Events\n\n") and all(f"- Your workspace ws-{number} was deleted\n" in text for number in range(200))
        assert digest["Message-ID"].endswith("@example.com>") and not digest.defects
        assert house.server.log.read_text().count("more than sixty mails to one person") == 1


def test_the_log_holds_nothing_that_people_were_told(fresh, receiver):
    receiver.script = lambda call: 400
    house = calling(fresh, receiver, "--verbose")
    house.tell(house.event([house.me], name="a-name-for-the-search", reason="a-reason-for-the-search"))

    house.all_in(permanent_failure=1)

    log = house.server.log.read_text()
    assert "for-the-search" not in log and SECRET not in log and "owner@example.com" not in log
    assert house.sql("select id::text from notification_messages")[0][0] in log


def test_a_server_does_not_start_with_what_cannot_work(fresh):
    for flags, said in ((("--notifications-method", "inbox"), 'given default notification method "inbox" is invalid'),
                        (("--notifications-dispatch-timeout", "2m", "--notifications-lease-period", "2m"), "dispatch timeout must be less than lease period"),
                        (("--notifications-lease-count", "0"), "--notifications-lease-count"),
                        (("--email-from", "a@example.com", "--notifications-email-from", "b@example.com"), "Give one of them"),
                        ((*MAILING, "--email-smarthost", "mail.example.com:25", "--email-auth-username", "a", "--email-auth-password", "b"), "in the clear")):
        server = fresh(*flags, start=False)
        with pytest.raises(AssertionError) as ended:
            server.start()
        assert said in str(ended.value) + server.log.read_text(), flags
