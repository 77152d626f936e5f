"""How fast what people are told leaves by mail: a pile that waited, and a single one when nothing waits."""

import asyncio
import json
import statistics
import threading
import time
import uuid

from rig import Server, until

PILE, SINGLE = 1000, 20
DELETED = "f517da0b-cdc9-410f-ab89-a86107c420ed"


class Postbox:
    """A mail server that takes everything at once, and when it took each."""

    def __init__(self):
        self.times, self.loop = [], asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=[ready], daemon=True)
        self.thread.start()
        if not ready.wait(10):
            raise TimeoutError("the mail server did not start in 10 s")

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        listening = self.loop.run_until_complete(asyncio.start_server(self.talk, "127.0.0.1", 0))
        self.port = listening.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def talk(self, reader, writer):
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                self.times.append(time.monotonic())
            writer.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n")
        writer.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


def notifications(report):
    box = Postbox()
    server = Server("--email-from", "Slipway <slipway@example.com>", "--email-smarthost", f"127.0.0.1:{box.port}")
    try:
        server.start()
        server.sign_in()
        server.sql("-c", "insert into users (id, email, username, name, created_at, updated_at) select gen_random_uuid(), 'p' || n || '@example.com', 'p' || n, '', now(), now()"
                   f" from generate_series(1, {PILE}) as n; analyze users")
        people = server.sql("-c", "select id from users where username ~ '^p[0-9]+$'").split()
        pile(report, server, box, people)
        single(report, server, box, people)
    finally:
        server.remove()
        box.stop()


def tell(server, people, key):
    """As any feature of the server tells of something, in a transaction of its own."""
    event = {"id": str(uuid.uuid4()), "template": DELETED, "users": people, "template_admins": False, "user_admins": False, "owners_in_template": None, "except": None,
             "even_suspended": False, "title": "t", "content": "c", "actions": [], "organization": None, "data": None, "targets": [], "created_by": "bench", "key": key,
             "labels": {"name": "ws", "reason": "initiated by user", "initiator": "bench"}, "urgent": False}
    fault = server.sql("-c", f"select write_notifications(array[$event${json.dumps(event)}$event$])")
    if fault:
        raise RuntimeError(f"the event was not written: {fault}")


def pile(report, server, box, people):
    server.call("PUT", "/api/v2/notifications/settings", {"notifier_paused": True})
    began = time.monotonic()
    tell(server, people, "pile")
    report.add("notifications.event", f"event that {PILE:,} people are told of", (time.monotonic() - began) * 1000, "ms", note="with the start of psql")
    server.call("PUT", "/api/v2/notifications/settings", {"notifier_paused": False})
    until(f"{PILE} mails", lambda: len(box.times) >= PILE, 120)
    report.add("notifications.rate", f"mails a second, {PILE:,} waiting, one server", (PILE - 1) / (box.times[PILE - 1] - box.times[0]), "/s", least=200)
    until("their being written down", lambda: server.sql("-c", "select count(*) from notification_messages where status <> 'sent'") == "0", 30, 0.1)
    if len(box.times) != PILE:
        raise RuntimeError(f"{len(box.times)} mails came of {PILE}")


def single(report, server, box, people):
    took = []
    for number in range(SINGLE):
        came, began = len(box.times), time.monotonic()
        tell(server, [people[number]], f"single {number}")
        until("a mail", lambda least=came + 1: len(box.times) >= least, 60, 0.005)
        took.append(box.times[came] - began)
    report.add("notifications.alone.p50", "event to its mail, nothing else waiting", statistics.median(took) * 1000, "ms", note="with the start of psql")
    report.add("notifications.alone.most", "  the slowest", max(took) * 1000, "ms", most=1000.0)
