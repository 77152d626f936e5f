"""Signing in through the certified oidc-provider, through one that lies, and through GitHub's API."""

import base64
import concurrent.futures
import hashlib
import hmac
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import httpx
import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization

from conftest import PASSWORD, Server, first_user, free_port, until
from fake_identity import KEY, OTHER_KEY, Fake

HERE = pathlib.Path(__file__).parent
PEOPLE = {
    "ana": {"email": "ana@example.com", "email_verified": True, "name": "Ana", "preferred_username": "ana", "groups": ["/staff", "guild"], "roles": ["admins"]},
    "bo": {"email": "bo@example.com", "email_verified": False, "name": "Bo", "preferred_username": "bo", "groups": ["/staff"]},
    "cy": {"email": "cy@evil-example.com", "email_verified": True, "name": "Cy", "preferred_username": "cy", "groups": ["/staff"]},
    "di": {"email": "di@example.com", "email_verified": True, "name": "Di", "preferred_username": "di", "groups": ["visitors"]},
    "owner": {"email": "owner@example.com", "email_verified": True, "name": "Owner", "preferred_username": "owner", "groups": ["/staff"]},
    "ana2": {"email": "ana@example.com", "email_verified": True, "name": "Other Ana", "preferred_username": "ana", "groups": ["/staff"]},
    "gus": {"email": "gus@example.com", "email_verified": True, "name": "Gus", "preferred_username": "gus", "groups": ["/staff"]},
    "ed": {"email": "ed@example.com", "email_verified": True, "name": "Ed", "preferred_username": "owner", "groups": ["/staff"]},
}


def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="slipway-e2e-"))
    path.chmod(0o755)  # PostgreSQL runs as a user of its own
    return path


def browse(http, url, who=None):
    """As a browser: follows redirects and fills in the provider's forms, until something else answers."""
    answer = http.get(url, headers={"Accept": "text/html"})
    for _ in range(20):
        if answer.is_redirect:
            url = urllib.parse.urljoin(str(answer.url), answer.headers["Location"])
            if urllib.parse.urlsplit(url).path in ("/", "/workspaces"):
                return answer
            answer = http.get(url, headers={"Accept": "text/html"})
        elif answer.status_code == 200 and (form := re.search(r'<form[^>]*action="([^"]+)"', answer.text)):
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
            if 'name="login"' in answer.text:
                fields.update(login=who, password="x")
            answer = http.post(urllib.parse.urljoin(str(answer.url), html.unescape(form[1])), data=fields)
        else:
            return answer
    raise AssertionError("redirects without an end")


@pytest.fixture(scope="module")
def oidc():
    path = folder()
    port = free_port()
    provider = subprocess.Popen(["node", "provider.mjs"], cwd=HERE / "oidc", stdout=subprocess.PIPE, text=True, env={
        "PATH": os.environ["PATH"], "CLIENT_ID": "slipway", "CLIENT_SECRET": "a secret: with/signs", "PEOPLE": json.dumps(PEOPLE),
        "REDIRECT_URI": f"http://127.0.0.1:{port}/api/v2/users/oidc/callback"})
    issuer = f"http://127.0.0.1:{int(provider.stdout.readline())}"
    secret = path / "client-secret"
    secret.write_text("a secret: with/signs\n")
    secret.chmod(0o600)
    server = Server(path, "--oidc-issuer-url", issuer, "--oidc-client-id", "slipway", "--oidc-client-secret-file", str(secret),
                    "--oidc-scopes", "openid,profile,email,groups", "--oidc-email-domain", "example.com", "--oidc-group-field", "groups",
                    "--oidc-group-mapping", '{"/staff":"staff"}', "--oidc-allowed-groups", "/staff", "--oidc-group-auto-create",
                    "--oidc-user-role-field", "roles", "--oidc-user-role-mapping", '{"admins":["user-admin"]}', port=port).start()
    server.owner = first_user(server).http
    yield server
    server.stop()
    provider.terminate()
    provider.wait()
    shutil.rmtree(path, ignore_errors=True)


def sign_in(server, who, path="/api/v2/users/oidc/callback?redirect=/workspaces"):
    http = httpx.Client(base_url=server.url, timeout=30)
    return http, browse(http, server.url + path, who)


def test_a_new_person_signs_in_and_gets_groups_and_roles(oidc):
    methods = httpx.get(oidc.url + "/api/v2/users/authmethods").json()
    assert methods["oidc"]["enabled"] and not methods["github"]["enabled"]

    http, end = sign_in(oidc, "ana")

    assert end.headers["Location"] == "/workspaces", end.text
    me = http.get("/api/v2/users/me").json()
    assert (me["username"], me["email"], me["name"], me["login_type"]) == ("ana", "ana@example.com", "Ana", "oidc")
    assert [r["name"] for r in me["roles"]] == ["user-admin"]
    groups = {g["name"]: [m["username"] for m in g["members"]] for g in oidc.owner.get("/api/v2/groups").json()}
    assert groups["staff"] == ["ana"] and groups["guild"] == ["ana"]
    assert not {"oauth_state", "oauth_pkce_verifier", "oauth_redirect"} & set(http.cookies), "the attempt's cookies are gone"
    again, _ = sign_in(oidc, "ana")
    assert again.get("/api/v2/users/me").json()["id"] == me["id"]


@pytest.mark.parametrize("who, says", [("bo", "Verify the"), ("cy", "not from an authorized domain"), ("di", "authorized group"),
                                       ("owner", "Incorrect login type"), ("ana2", "another identity")])
def test_who_may_not_sign_in_is_told_why(oidc, who, says):
    if who == "ana2":
        sign_in(oidc, "ana")
    http, end = sign_in(oidc, who)

    assert end.status_code == 403 and says in html.unescape(end.text), end.text
    assert "coder_session_token" not in http.cookies


def test_a_taken_name_gets_letters_behind_it(oidc):
    http, _ = sign_in(oidc, "ed")

    assert re.fullmatch(r"owner-[a-z0-9]{5}", http.get("/api/v2/users/me").json()["username"])


def test_the_code_of_another_browser_is_refused(oidc):
    thief = httpx.Client(base_url=oidc.url)
    victim = httpx.Client(base_url=oidc.url)
    begun = thief.get("/api/v2/users/oidc/callback")
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(begun.headers["Location"]).query)["state"][0]

    answer = victim.get("/api/v2/users/oidc/callback", params={"code": "x", "state": state})

    assert answer.status_code == 401
    assert "coder_session_token" not in victim.cookies


def test_redirects_lead_nowhere_else(oidc):
    for target in ("//evil.example.org", "https://evil.example.org", "/\\evil.example.org"):
        _, end = sign_in(oidc, "ana", "/api/v2/users/oidc/callback?redirect=" + urllib.parse.quote(target, safe=""))
        assert end.headers["Location"] == "/", target


def test_a_suspended_person_stays_out(oidc):
    sign_in(oidc, "ana")
    assert oidc.owner.put("/api/v2/users/ana/status/suspend").status_code == 200

    http, end = sign_in(oidc, "ana")

    assert end.status_code == 403 and "suspended" in end.text
    assert oidc.owner.put("/api/v2/users/ana/status/activate").status_code == 200


def test_an_identity_of_somebody_cannot_be_switched_to(oidc):
    sign_in(oidc, "ana")
    made = oidc.owner.post("/api/v2/users", json={"email": "fay@example.com", "username": "fay", "password": PASSWORD, "login_type": "password", "organization_ids": []})
    assert made.status_code == 201, made.text
    login = {"email": "fay@example.com", "password": PASSWORD}
    fay = oidc.api(oidc.api().post("/api/v2/users/login", json=login).json()["session_token"])
    wrong = fay.post("/api/v2/users/me/convert-login", json={"to_type": "oidc", "password": "not this one"})
    assert wrong.status_code == 400 and wrong.json()["validations"][0]["field"] == "password"
    state = fay.post("/api/v2/users/me/convert-login", json={"to_type": "oidc", "password": PASSWORD}).json()["state_string"]

    refused = browse(fay, f"{oidc.url}/api/v2/users/oidc/callback?oidc_merge_state={state}", "ana")

    assert refused.status_code == 409
    assert oidc.api().post("/api/v2/users/login", json=login).status_code == 201, "nothing changed"


def test_a_switch_is_completed_by_the_browser_that_asked_and_in_its_session(oidc):
    """Whoever asks may send the way on to somebody else, whose identity would then be bound to the sender's account."""
    for name in ("mal", "other"):
        made = oidc.owner.post("/api/v2/users", json={"email": f"{name}@example.com", "username": name, "password": PASSWORD, "login_type": "password", "organization_ids": []})
        assert made.status_code == 201, made.text
    session = lambda name: oidc.api().post("/api/v2/users/login", json={"email": f"{name}@example.com", "password": PASSWORD}).json()["session_token"]
    mal = httpx.Client(base_url=oidc.url, timeout=30, cookies={"coder_session_token": session("mal")})
    csrf = base64.urlsafe_b64encode(hmac.new(mal.cookies["coder_session_token"].encode(), b"csrf", hashlib.sha256).digest()).rstrip(b"=").decode()
    asked = mal.post("/api/v2/users/me/convert-login", json={"to_type": "oidc", "password": PASSWORD}, headers={"X-CSRF-TOKEN": csrf, "Origin": oidc.url})
    assert asked.status_code == 201, asked.text
    way = f"/api/v2/users/oidc/callback?oidc_merge_state={asked.json()['state_string']}"
    secret = [c for c in mal.cookies.jar if c.name == "oauth_switch"]
    assert secret and secret[0].path == "/api/v2/users/oidc/callback" and secret[0].has_nonstandard_attr("HttpOnly")

    victim, refused = sign_in(oidc, "gus", way)
    assert refused.status_code == 401 and "not asked for in this browser" in refused.text
    other = httpx.Client(base_url=oidc.url, timeout=30, cookies={"coder_session_token": session("other")})
    assert browse(other, oidc.url + way, "gus").status_code == 401
    assert "coder_session_token" not in victim.cookies
    assert oidc.owner.get("/api/v2/users/mal/login-type").json() == {"login_type": "password"}

    begun = mal.get(way)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(begun.headers["Location"]).query)["state"][0]
    assert state == asked.json()["state_string"]
    mal.cookies.delete("coder_session_token")
    signed_out = browse(mal, begun.headers["Location"], "gus")
    assert signed_out.status_code == 401 and "session" in signed_out.text, "the browser that asked, without the session that asked"
    gus, end = sign_in(oidc, "gus")
    assert end.headers["Location"] == "/workspaces" and gus.get("/api/v2/users/me").json()["username"] == "gus", "the identity is still nobody else's"


@pytest.fixture(scope="module")
def fake():
    fake = Fake()
    yield fake
    fake.close()


@pytest.fixture(scope="module")
def lied_to(fake):
    path = folder()
    server = Server(path, "--oidc-issuer-url", fake.url, "--oidc-client-id", "slipway", "--oidc-client-secret", "s",
                    "--oauth2-github-client-id", "gh", "--oauth2-github-client-secret", "ghs", "--oauth2-github-enterprise-base-url", fake.url,
                    "--oauth2-github-allowed-orgs", "acme", "--oauth2-github-allow-signups").start()
    server.owner = first_user(server).http
    yield server
    server.stop()
    shutil.rmtree(path, ignore_errors=True)


def attempt(server, fake, kind="oidc"):
    path = "/api/v2/users/oidc/callback" if kind == "oidc" else "/api/v2/users/oauth2/github/callback"
    http = httpx.Client(base_url=server.url, timeout=30)
    begun = http.get(path)
    assert begun.status_code == 307, begun.text
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(begun.headers["Location"]).query))
    return http, http.get(path, params={"code": "c", "state": query["state"]}), query


def sign_with(key, alg="RS256", kid="one"):
    return lambda claims: jwt.encode(claims, key, alg, headers={"kid": kid} if kid else None)


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def unsigned(claims):
    return jwt.encode(claims, None, "none")


def hmac_with_public_key(claims):
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    head = part({"alg": "HS256", "typ": "JWT", "kid": "one"}) + "." + part(claims)
    return head + "." + base64.urlsafe_b64encode(hmac.new(public_pem(KEY), head.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()


LIES = {
    "a key that is not the provider's": dict(token=sign_with(OTHER_KEY)),
    "a key that nobody knows": dict(token=sign_with(OTHER_KEY, kid="two")),
    "no signature": dict(token=unsigned),
    "the public key as a secret": dict(token=hmac_with_public_key),
    "no token at all": dict(token=lambda claims: "x.y"),
    "another nonce": dict(nonce=lambda form: "other"),
    "another audience": dict(more={"aud": "other"}),
    "another issuer": dict(more={"iss": "https://id.example.org"}),
    "an old token": dict(more={"exp": 1000}),
    "an address verified by a word": dict(more={"email_verified": "true"}),
    "userinfo of somebody else": dict(userinfo={"sub": "owner", "email": "owner@example.com", "email_verified": True}),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_provider_that_lies_is_not_believed(lied_to, fake, lie):
    fake.reset()
    for name, value in LIES[lie].items():
        setattr(fake, name, value)

    http, end, _ = attempt(lied_to, fake)

    assert end.status_code in (401, 403, 502), (lie, end.status_code, end.text)
    assert "coder_session_token" not in http.cookies


def test_the_truth_is_believed_and_a_new_key_is_fetched(lied_to, fake):
    fake.reset()
    http, end, sent = attempt(lied_to, fake)
    assert end.status_code == 307 and http.get("/api/v2/users/me").json()["username"] == "mallory", end.text
    assert sent["code_challenge_method"] == "S256" and sent["nonce"] and len(sent["code_challenge"]) == 43
    path, form, basic = fake.forms[-1]
    assert basic is None and form["client_secret"] == "s" and form["grant_type"] == "authorization_code", "as the provider asked for it"


def test_two_identities_of_one_address_at_once(lied_to, fake):
    """Both are looked up before either is the account's own: the second is refused where it would be written down."""
    fake.reset()
    made = lied_to.owner.post("/api/v2/users", json={"email": "hal@example.com", "username": "hal", "login_type": "oidc", "organization_ids": []})
    assert made.status_code == 201, made.text
    fake.more = {"email": "hal@example.com"}
    subjects = iter(("hal-1", "hal-2"))
    fake.subject = lambda: next(subjects)

    with psycopg.connect((lied_to.data / "postgres.url").read_text()) as held, psycopg.connect((lied_to.data / "postgres.url").read_text(), autocommit=True) as look, \
            concurrent.futures.ThreadPoolExecutor(2) as both:
        held.execute("lock table user_links in share mode")
        waiting = lambda: look.execute("select count(*) from pg_locks where relation = 'user_links'::regclass and not granted").fetchone()[0]
        tries = [both.submit(attempt, lied_to, fake) for _ in range(2)]
        until("both at the same place", lambda: waiting() == 2)
        held.rollback()
        ends = [one.result() for one in tries]
        links = look.execute("select count(*) from user_links l join users u on u.id = l.user_id where u.username = 'hal'").fetchone()[0]

    assert sorted(end.status_code for _, end, _ in ends) == [307, 403], [end.text for _, end, _ in ends]
    for http, end, _ in ends:
        assert ("coder_session_token" in http.cookies) == (end.status_code == 307)
        assert end.status_code == 307 or "belongs to another identity of the same provider" in html.unescape(end.text)
    assert links == 1


def test_github_signs_a_member_in(lied_to, fake):
    fake.reset()

    http, end, sent = attempt(lied_to, fake, "github")

    assert end.status_code == 307, end.text
    me = http.get("/api/v2/users/me").json()
    assert (me["username"], me["email"], me["login_type"]) == ("octo-cat", "octo@example.com", "github")
    assert lied_to.owner.get("/api/v2/users", params={"q": "github_com_user_id:583231"}).json()["count"] == 1
    assert sent["client_id"] == "gh"


@pytest.mark.parametrize("change, says", [
    (dict(organizations=[{"state": "active", "organization": {"login": "acme-evil"}}]), "authorized Github organizations"),
    (dict(organizations=[{"state": "pending", "organization": {"login": "acme"}}]), "authorized Github organizations"),
    (dict(emails=[{"email": "octo@example.com", "primary": True, "verified": False}]), "must be verified"),
    (dict(emails=[{"email": "owner@example.com", "primary": True, "verified": True}], user={"id": 7, "login": "sly"}), "Incorrect login type"),
    (dict(user={"login": "no-id"}), "not understood"),
    (dict(github_token={"error": "bad_verification_code"}), "not understood"),
])
def test_github_refusals_say_why(lied_to, fake, change, says):
    fake.reset()
    for name, value in change.items():
        setattr(fake, name, value)

    http, end, _ = attempt(lied_to, fake, "github")

    assert end.status_code in (403, 502) and says in end.text, end.text
    assert "coder_session_token" not in http.cookies


def test_a_password_user_switches_to_github(lied_to, fake):
    fake.reset()
    fake.user = {"id": 99, "login": "gil-at-github"}
    fake.emails = [{"email": "gil@elsewhere.example", "primary": True, "verified": True}]
    assert lied_to.owner.post("/api/v2/users", json={"email": "gil@example.com", "username": "gil", "password": PASSWORD, "login_type": "password",
                                                     "organization_ids": []}).status_code == 201
    login = {"email": "gil@example.com", "password": PASSWORD}
    session = lied_to.api().post("/api/v2/users/login", json=login).json()["session_token"]
    gil, old = lied_to.api(session), lied_to.api(session)
    token = lied_to.api(gil.post("/api/v2/users/me/keys/tokens", json={"token_name": "ci"}).json()["key"])
    assert token.get("/api/v2/users/me").status_code == 200
    asked = gil.post("/api/v2/users/me/convert-login", json={"to_type": "github", "password": PASSWORD})
    assert asked.status_code == 201 and asked.json()["to_type"] == "github"
    state = asked.json()["state_string"]
    gil.get("/api/v2/users/oauth2/github/callback", params={"oidc_merge_state": state})

    end = gil.get("/api/v2/users/oauth2/github/callback", params={"code": "c", "state": state})

    assert end.status_code == 307, end.text
    assert gil.get("/api/v2/users/me").json()["username"] == "gil"
    assert gil.get("/api/v2/users/me/login-type").json() == {"login_type": "github"}
    assert lied_to.api().post("/api/v2/users/login", json=login).status_code == 401, "the password is gone"
    assert old.get("/api/v2/users/me").status_code == 401, "and the session that it opened"
    assert token.get("/api/v2/users/me").status_code == 401, "and what whoever knew it may have made"
    again = gil.get("/api/v2/users/oauth2/github/callback", params={"code": "c", "state": state})
    assert again.status_code == 401, "the state works once"
