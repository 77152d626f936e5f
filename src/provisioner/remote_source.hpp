// A JobSource that asks a server elsewhere over HTTP: what `slipwayd provisioner` runs on. home: own thread; stop() must have
// returned before it goes, and the runner before that.
#pragma once

#include "base/secret.hpp"
#include "provisioner/runner.hpp"

#include <map>
#include <memory>

namespace slipway::provisioner {

struct RemoteOptions {
  std::string url;  // of the server, without a slash at its end
  Secret key;
  std::vector<std::string> engines = {"terraform", "replay"};
  std::map<std::string, std::string> tags;  // none: those of the key
  std::string version;
  Uuid holder;                                           // of the folder that the jobs are in (Holdings)
  std::string extra_roots_pem;                           // certificate authorities besides the system's
  Milliseconds beat_limit = std::chrono::seconds(10);    // of a heartbeat, beyond its patience
  Milliseconds call_limit = std::chrono::minutes(1);     // of one request
  Milliseconds result_limit = std::chrono::minutes(10);  // of one that carries a result
};

class RemoteSource : public JobSource {
 public:
  // What the key is worth, as the server says. Errors: unauthenticated when it is not known; unavailable, bad_gateway or timed_out
  // when the server cannot be asked.
  virtual Task<Result<std::string>> key_name() = 0;
  virtual Task<void> stop() = 0;
};
std::unique_ptr<RemoteSource> make_remote_source(asio::any_io_executor home, RemoteOptions options);

}  // namespace slipway::provisioner
