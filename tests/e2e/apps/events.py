"""Events for a page, each sent only when the page has told of the one before: whoever gathers them up never gets past the first."""

import http.server
import itertools
import queue
import sys

COUNT = 20
PAGE = b"""<!doctype html><title>Events</title><link rel="icon" href="data:,"><h1>Waiting</h1><ol></ol><script>
const heading = document.querySelector('h1');
const events = new EventSource('events');
events.onmessage = async (event) => {
  const [stream, number] = event.data.split('.');
  document.querySelector('ol').append(Object.assign(document.createElement('li'), {textContent: number}));
  await fetch(`seen?${stream}`, {method: 'POST'});
};
events.addEventListener('end', () => { events.close(); heading.textContent = 'All there'; });
events.onerror = () => { events.close(); heading.textContent = 'Broken off'; };
</script>"""

streams, numbers = {}, itertools.count()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def head(self, status, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, text):
        piece = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def do_GET(self):
        if self.path != "/events":
            self.head(200, Content_Type="text/html", Content_Length=str(len(PAGE)))
            self.wfile.write(PAGE)
            return
        mine = next(numbers)
        streams[mine] = queue.Queue()
        self.head(200, Content_Type="text/event-stream", Cache_Control="no-cache", Transfer_Encoding="chunked")
        for number in range(COUNT):
            self.send(f"data: {mine}.{number}\n\n")
            streams[mine].get(timeout=30)
        self.send("event: end\ndata: that was all\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def do_POST(self):
        streams[int(self.path.split("?")[1])].put("seen")
        self.head(204)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
