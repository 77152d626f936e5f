"""Kill -9 between an answer and the moment its line of the audit trail reaches the database: the line is there afterwards."""

from conftest import first_user, until


def refused(owner, name):
    """A change that is refused, and the id of its request."""
    answer = owner.http.put(f"/api/v2/users/{name}/profile", json={"username": "not valid", "name": ""})
    assert answer.status_code == 400, answer.text
    return answer.headers["X-Coder-Request-Id"]


def test_no_line_is_lost_when_the_server_is_killed_behind_its_answer(fresh):
    server = fresh()
    owner = first_user(server)
    for _ in range(10):
        requests = [refused(owner, "owner") for _ in range(5)] + [owner.http.put("/api/v2/users/me/profile", json={"username": "owner", "name": "O"}).headers["X-Coder-Request-Id"]]
        requests.append(refused(owner, "owner"))
        server.kill()
        left = [file for file in (server.data / "audit").glob("*.journal") if file.stat().st_size > 0]
        server.start()
        if left:
            break
    assert left, "the server was never killed before it had stored its journal"

    def lines():
        found = [owner.get(f"/audit?q=request_id:{request}")["audit_logs"] for request in requests]
        return found if all(found) else None

    found = until("every line in the database", lines, 20)
    assert [len(each) for each in found] == [1] * 7
    assert [each[0]["status_code"] for each in found] == [400] * 5 + [200, 400]
    until("the journal of the killed server gone", lambda: all(not file.exists() for file in left), 20)
