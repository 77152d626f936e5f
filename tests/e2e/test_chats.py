"""Chats begun by the hundred while server or database die: what was answered is there, nothing is there twice, and a repeat tells."""

import concurrent.futures
import os
import signal
import threading

import httpx
import pytest

from conftest import first_user, until

CHATS, AT_ONCE, DIES_AFTER = 600, 60, 200


def begin(server, token, organization, number):
    """The id of the chat, or None where nobody said what became of it."""
    body = {"organization_id": organization, "content": [{"type": "text", "text": f"chat {number}"}]}
    headers = {"Coder-Session-Token": token, "Idempotency-Key": f"chat-{number}"}
    try:
        answer = httpx.post(server.url + "/api/v2/chats", json=body, headers=headers, timeout=30)
    except httpx.HTTPError:
        return None
    assert answer.status_code == 201 or answer.status_code >= 500, answer.text
    return answer.json()["id"] if answer.status_code == 201 else None


def all_at_once(server, owner, organization, each=lambda: None):
    def one(number):
        made = begin(server, owner.token, organization, number)
        if made:
            each()
        return made

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(CHATS)))


def dies(server, what):
    if what == "server":
        server.kill()
    else:
        os.kill(int((server.data / "postgres/data/postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)


def listed(owner):
    found = []
    while page := owner.get(f"/chats?limit=500&offset={len(found)}"):
        found += page
    return found


def lines_of_made(owner):
    """What failed has its line too."""
    found = []
    while page := owner.get(f"/audit?q=resource_type:chat%20action:create&limit=100&offset={len(found)}")["audit_logs"]:
        found += page
    return {line["id"] for line in found if line["status_code"] == 201}


@pytest.mark.parametrize("what", ["server", "database"])
def test_chats_that_were_answered_are_there_and_a_repeat_makes_none_twice(fresh, what):
    server = fresh()
    owner = first_user(server)
    organization = owner.get("/organizations/default")["id"]
    lock, made = threading.Lock(), []

    def one_more():
        with lock:
            made.append(1)
            if len(made) == DIES_AFTER:
                dies(server, what)

    answered = all_at_once(server, owner, organization, one_more)
    if what == "server":
        server.start()
    until("the server answering again", lambda: owner.http.get("/api/v2/users/me").status_code == 200, 60)
    there = {chat["id"] for chat in listed(owner)}
    known = {chat for chat in answered if chat}
    again = all_at_once(server, owner, organization)

    assert DIES_AFTER <= len(known) <= CHATS
    assert known <= there, "what was answered is there"
    assert len(there) <= len(known) + AT_ONCE, "and of the rest only what was on its way"
    assert [chat for chat in again if not chat] == []
    assert all(before in (None, after) for before, after in zip(answered, again)), "a repeat tells which it was"
    assert {chat["id"] for chat in listed(owner)} == set(again) and len(set(again)) == CHATS
    assert all(len(owner.get(f"/chats/{chat}/messages")["messages"]) == 1 for chat in again[:: CHATS // 20])
    assert len(lines_of_made(owner)) == CHATS, "one line for each, whether or not its answer was lost"
