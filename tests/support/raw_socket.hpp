// For tests: bytes to and from a server on this machine, as a client that no library stands between. Blocking; what does not come
// within 20 s does not come.
#pragma once

#include <string>

namespace slipway::test {

class RawSocket {
 public:
  // To the server of "http://host:port".
  explicit RawSocket(const std::string& url);
  // One that is open.
  explicit RawSocket(int socket);
  ~RawSocket() { close(); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void send(const std::string& bytes);
  // One piece as it comes, of at most `most` bytes; empty at the end.
  std::string read(std::size_t most = 65536);
  // All that came up to and with `text`, or to the end. What came after it is there to be read next.
  std::string read_until(const std::string& text);
  // Is there nothing to read for so long?
  bool quiet_for(int milliseconds);
  void close();
  // Says no more, and goes on listening.
  void end_sending();
  // Ends both directions, whoever waits on them.
  void cut();

 private:
  std::string received();

  int socket_ = -1;
  std::string ahead_;  // received, and not read yet
};

// A port of this machine on which somebody may knock.
class RawListener {
 public:
  RawListener();
  ~RawListener();
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  int port() const { return port_; }
  // Has anybody connected since it was made or last asked?
  bool was_dialled();

 private:
  int socket_ = -1, port_ = 0;
};

}  // namespace slipway::test
