#include "agent/ssh_server.hpp"

#include "agent/ssh_connection.hpp"
#include "aio/task.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"

#include <csignal>

namespace slipway::agent {

namespace {

constexpr std::size_t kSeedBytes = 32;

void put(std::string& out, std::string_view text) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift);
  out += text;
}

// The seed in OpenSSH's own key file format, the one from which libssh takes the public half too.
ssh_key key_from_seed(std::string_view seed) {
  check(seed.size() == kSeedBytes, "an SSH host key's seed has 32 bytes");
  const std::string open = crypto::ed25519_public_key(seed);
  std::string public_part;
  put(public_part, "ssh-ed25519");
  put(public_part, open);
  std::string private_part(
      "same"
      "same");  // a check that decryption worked; nothing is encrypted
  private_part += public_part;
  put(private_part, std::string(seed) + open);
  put(private_part, "");
  for (char pad = 1; private_part.size() % 8 != 0; ++pad) private_part += pad;
  std::string file("openssh-key-v1\0", 15);
  put(file, "none");
  put(file, "none");
  put(file, "");
  file += std::string_view("\0\0\0\1", 4);
  put(file, public_part);
  put(file, private_part);
  const std::string pem = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + crypto::base64(file) + "\n-----END OPENSSH PRIVATE KEY-----\n";
  ssh_key key = nullptr;
  check(ssh_pki_import_privkey_base64(pem.c_str(), nullptr, nullptr, nullptr, &key) == SSH_OK, "the SSH host key was not made");
  return key;
}

// A client that goes away while we write to it is an error of that write, not the end of the agent.
void ignore_broken_pipes() {
  struct sigaction now{};
  if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

struct SshServer::State {
  aio::Executor home;
  SshOptions options;
  ssh_bind bind = nullptr;
  std::string host_key;
  std::size_t connections = 0;

  ~State() { ssh_bind_free(bind); }
};

std::string ssh_host_key_seed(std::string_view owner, std::string_view workspace, std::string_view agent) {
  // Lengths keep "a"+"bc" apart from "ab"+"c".
  return crypto::sha256(
      fmt::format("slipway ssh host key 1\n{} {}\n{} {}\n{} {}", owner.size(), owner, workspace.size(), workspace, agent.size(), agent));
}

SshServer::SshServer(asio::any_io_executor home, SshOptions options) : state_(std::make_shared<State>()) {
  ignore_broken_pipes();
  check(ssh_init() == SSH_OK, "libssh does not start");
  state_->home = std::move(home);
  state_->options = std::move(options);
  state_->bind = ssh_bind_new();
  ssh_key key = key_from_seed(state_->options.host_key_seed);
  char* text = nullptr;
  check(ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, "the SSH host key has no public half");
  state_->host_key = std::string("ssh-ed25519 ") + text;
  ssh_string_free_char(text);
  const bool no = false;
  ssh_bind_options_set(state_->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
  check(ssh_bind_options_set(state_->bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) == SSH_OK, "libssh refuses its host key");
}

SshServer::~SshServer() = default;

std::size_t SshServer::connections() const { return state_->connections; }
std::string SshServer::host_key() const { return state_->host_key; }

Task<void> SshServer::serve(std::unique_ptr<net::Stream> stream, SshVisit visit) {
  const auto state = state_;
  if (state->connections >= state->options.most_connections) {
    log::warn("an SSH connection was refused: too many are open", {{"most", std::to_string(state->options.most_connections)}});
    co_return;
  }
  ++state->connections;
  const OnExit counted([&state] { --state->connections; });
  SshConnection connection(state->home, state->options, state->bind, std::move(visit));
  co_await connection.serve(*stream);
}

}  // namespace slipway::agent
