"""Calls as gRPC-web makes them: binary frames in the bodies, the trailers in the last of them. A stream goes on when its page has told of the frame before."""

import http.server
import itertools
import queue
import sys
import urllib.parse

TYPE = "application/grpc-web+proto"
COUNT = 8
PAGE = b"""<!doctype html><title>gRPC-web</title><link rel="icon" href="data:,"><h1>Boats</h1><script>
const type = 'application/grpc-web+proto';
function frame(flag, body) {
  const out = new Uint8Array(5 + body.length);
  out[0] = flag;
  new DataView(out.buffer).setUint32(1, body.length);
  out.set(body, 5);
  return out;
}
const varint = (n) => n < 128 ? [n] : [n % 128 + 128, ...varint(Math.floor(n / 128))];
const message = (bytes) => [0x0a, ...varint(bytes.length), ...bytes];  // field 1, of a known length

async function call(method, bytes, seen = () => {}) {
  const answer = await fetch(`boats.Boats/${method}`, {method: 'POST', headers: {'Content-Type': type, 'Accept': type, 'X-Grpc-Web': '1'}, body: frame(0, message(bytes))});
  const got = {status: answer.status, type: answer.headers.get('Content-Type'), early: answer.headers.get('Grpc-Status'), messages: [], trailers: null};
  let rest = new Uint8Array();
  const reader = answer.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    rest = new Uint8Array([...rest, ...piece.value]);
    while (rest.length >= 5) {
      const size = new DataView(rest.buffer).getUint32(1);
      if (rest.length < 5 + size) break;
      const body = rest.slice(5, 5 + size);
      if (rest[0] === 0x80) got.trailers = new TextDecoder().decode(body);
      else { got.messages.push([...body]); await seen(body); }
      rest = rest.slice(5 + size);
    }
  }
  if (rest.length) throw new Error(`${rest.length} bytes are no whole frame`);
  return got;
}
const told = (body) => fetch(`seen?${body[2]}`, {method: 'POST'});
const every = [...Array(256).keys()];
const all = async () => ({echo: await call('Echo', every), count: await call('Count', [], told), sink: await call('Sink', [])});
</script>"""

streams, numbers = {}, itertools.count()


def frame(flag, body):
    return bytes([flag]) + len(body).to_bytes(4, "big") + body


def trailers(status, message):
    return frame(0x80, f"grpc-status:{status}\r\ngrpc-message:{urllib.parse.quote(message)}\r\n".encode())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body, content_type, **fields):
        self.send_response(200 if content_type else 204)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if content_type:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(PAGE, "text/html")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        method = self.path.split("/")[-1]
        if method.startswith("seen?"):
            streams[int(method.split("?")[1])].put("seen")
            self.answer(b"", None)
        elif (self.headers["Content-Type"], self.headers["X-Grpc-Web"]) != (TYPE, "1"):
            self.answer(b"", TYPE, Grpc_Status="3", Grpc_Message="no call of gRPC-web")
        elif method == "Echo":
            self.answer(body + trailers(0, "as it came"), TYPE)
        elif method == "Count":
            self.count()
        else:
            self.answer(b"", TYPE, Grpc_Status="5", Grpc_Message="no such boat")

    def count(self):
        mine = next(numbers)
        streams[mine] = queue.Queue()
        self.send_response(200)
        self.send_header("Content-Type", TYPE)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(COUNT):
            self.send(frame(0, bytes([0x0A, 2, mine, number])))
            streams[mine].get(timeout=30)
        self.send(trailers(0, "all counted"))
        self.wfile.write(b"0\r\n\r\n")

    def send(self, piece):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
