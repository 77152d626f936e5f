"""An app of the old kind: keeps who somebody is in cookies and leads them about by redirects that name the whole address. Knows the path it lies under."""

import html
import http.cookies
import http.server
import sys
import urllib.parse

BASE = sys.argv[2].rstrip("/")
PAGE = """<!doctype html><title>Tastes</title><link rel="icon" href="data:,"><h1>Visit {visit}, taste {taste}</h1>
<a href="{base}/">Again</a> <form method="post" action="{base}/taste"><input name="taste" aria-label="Taste"><button>Keep</button></form>"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def kept(self, name):
        found = http.cookies.SimpleCookie(self.headers.get("Cookie", "")).get(name)
        return found.value if found else ""

    def lead(self, status, *cookies):
        self.send_response(status)
        self.send_header("Location", f"http://{self.headers['Host']}{BASE}/welcome")
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        if self.path in (BASE, BASE + "/"):
            self.lead(302, f"visit={int(self.kept('visit') or 0) + 1}; Path=/; HttpOnly", f"theme=dark; Path={BASE}/; SameSite=Lax; Max-Age=3600")
            return
        page = PAGE.format(base=BASE, visit=self.kept("visit") or "unknown", taste=html.escape(self.kept("taste") or "unknown")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.lead(303, f"taste={form['taste'][0]}; Path=/; HttpOnly; SameSite=Lax")


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
