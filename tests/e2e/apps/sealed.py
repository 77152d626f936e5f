"""An app that speaks TLS alone, with a certificate by nobody."""

import http.server
import ssl
import sys

PAGE = b"""<!doctype html><title>Sealed</title><link rel="icon" href="data:,"><h1>Sealed</h1><button>Ask</button><p></p><script>
const said = document.querySelector('p');
document.querySelector('button').onclick = async () => {
  try { said.textContent = await (await fetch('version', {method: 'POST', body: 'x'.repeat(100000)})).text(); } catch (error) { said.textContent = error.name; }
};
</script>"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body, content_type):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(PAGE, "text/html")

    def do_POST(self):
        length = len(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(f"{length} bytes by {self.connection.version()}".encode(), "text/plain")


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
