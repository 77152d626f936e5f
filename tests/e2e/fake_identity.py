"""An OpenID Connect provider that lies as told, and the parts of GitHub's API that signing in uses: what no honest peer can show."""

import base64
import hashlib
import http.server
import json
import threading
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwks(*keys):
    out = []
    for kid, key in keys:
        entry = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        out.append({**entry, "kid": kid, "use": "sig", "alg": "RS256"})
    return {"keys": out}


class Fake:
    """`token` makes the ID token out of honest claims; tests replace it. `user`, `emails`, `organizations` are GitHub's answers."""

    def __init__(self):
        self.reset()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, value, status=200):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                path = urllib.parse.urlsplit(self.path).path
                routes = {"/.well-known/openid-configuration": fake.discovery, "/jwks": lambda: fake.keys, "/userinfo": lambda: fake.userinfo or {"sub": self.headers["Authorization"].removeprefix("Bearer ")},
                          "/api/v3/user": lambda: fake.user, "/api/v3/user/emails": lambda: fake.emails,
                          "/api/v3/user/memberships/orgs": lambda: fake.organizations}
                self.answer(routes[path]()) if path in routes else self.answer({}, 404)

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                fake.forms.append((self.path, form, self.headers.get("Authorization")))
                if self.path == "/token":
                    claims = fake.claims(form)
                    return self.answer({"access_token": claims["sub"], "token_type": "Bearer", "id_token": fake.token(claims)})
                if self.path == "/login/oauth/access_token":
                    return self.answer(fake.github_token)
                if self.path == "/login/device/code":
                    return self.answer({"device_code": "dev-1", "user_code": "ABCD-1234", "verification_uri": "https://github.com/login/device", "expires_in": 900, "interval": 5})
                self.answer({}, 404)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def reset(self):
        self.keys = jwks(("one", KEY))
        self.subject = lambda: "mallory"
        self.userinfo = None  # of whoever the access token is
        self.more = {}
        self.forms = []
        self.nonce = lambda form: base64.urlsafe_b64encode(hashlib.sha256(b"nonce:" + form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        self.token = lambda claims: jwt.encode(claims, KEY, "RS256", headers={"kid": "one"})
        self.user = {"id": 583231, "login": "octo-cat", "name": "Octo Cat", "avatar_url": "https://avatars.example.com/1"}
        self.emails = [{"email": "old@example.com", "primary": False, "verified": True}, {"email": "octo@example.com", "primary": True, "verified": True}]
        self.organizations = [{"state": "active", "organization": {"login": "acme"}}]
        self.github_token = {"access_token": "gho_1", "token_type": "bearer"}

    def discovery(self):
        return {"issuer": self.url, "authorization_endpoint": self.url + "/authorize", "token_endpoint": self.url + "/token",
                "userinfo_endpoint": self.url + "/userinfo", "jwks_uri": self.url + "/jwks", "token_endpoint_auth_methods_supported": ["client_secret_post"]}

    def claims(self, form):
        return {"iss": self.url, "aud": "slipway", "sub": self.subject(), "exp": int(time.time()) + 300, "iat": int(time.time()), "nonce": self.nonce(form),
                "email": "mallory@example.com", "email_verified": True, "preferred_username": "mallory", **self.more}

    def close(self):
        self.http.shutdown()
        self.http.server_close()
