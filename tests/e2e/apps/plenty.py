"""Much in one answer, and much in one request: numbered pieces, so that nothing is left out, doubled or moved unseen."""

import hashlib
import http.server
import os
import sys

PIECE = os.urandom(1 << 20)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """As many MiB as the path says, and then what they add up to."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        digest = hashlib.sha256()
        for number in range(int(self.path[1:] or 0)):
            piece = number.to_bytes(8, "big") + PIECE[8:]
            digest.update(piece)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"40\r\n%b\r\n0\r\n\r\n" % digest.hexdigest().encode())

    def do_POST(self):
        digest, left = hashlib.sha256(), int(self.headers["Content-Length"])
        while left > 0 and (piece := self.rfile.read(min(left, 1 << 20))):
            digest.update(piece)
            left -= len(piece)
        self.send_response(200)
        self.send_header("Content-Length", "64")
        self.end_headers()
        self.wfile.write(digest.hexdigest().encode())


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
