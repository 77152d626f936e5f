#include "server/reload.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "base/log_outlets.hpp"
#include "server/certificates.hpp"
#include "server/parts.hpp"
#include "server/secret_file.hpp"
#include "server/settings.hpp"

#include <sys/stat.h>

namespace slipway::server {

namespace {

// They hold as soon as they are read.
constexpr std::string_view kAtOnce[] = {"verbose", "log-filter", "tls-cert-file", "tls-key-file", "tls-min-version", "tls-ciphers"};

constexpr std::string_view kSecrets[] = {"oidc-client-secret", "oauth2-github-client-secret", "email-auth-password"};

// Null: the secret is not one that is exchanged. That of PostgreSQL is read for every connection.
Secret* exchangeable(Config& config, std::string_view flag) {
  if (flag == kSecrets[0]) return &config.login.oidc.client_secret;
  if (flag == kSecrets[1]) return &config.login.github.client_secret;
  if (flag == kSecrets[2]) return &config.mail.password;
  return nullptr;
}

std::string database_of(const Config& config) {
  const auto file = config.secret_files.find("postgres-url");
  return file == config.secret_files.end() ? config.postgres_url.reveal() : "file " + file->second;
}

net::Server* tls_listener(Server::Parts& parts) {
  if (!parts.config.tls()) return nullptr;
  return parts.config.tls_apart() ? parts.tls_net.get() : parts.net.get();
}

std::string all_of(const Error& error) {
  std::string out = error.say;
  for (const auto& more : {error.detail, error.why})
    if (!more.empty()) out += " " + more;
  return out;
}

}  // namespace

std::string needs_restart(Config before, Config after) {
  const auto old = settings_of(before), fresh = settings_of(after);
  std::string out;
  const auto name = [&out](std::string_view flag) { out += fmt::format("{}--{}", out.empty() ? "" : ", ", flag); };
  for (std::size_t i = 0; i < old.size(); ++i)
    if (std::ranges::find(kAtOnce, old[i].flag) == std::end(kAtOnce) && old[i].value.show() != fresh[i].value.show()) name(old[i].flag);
  if (before.tls() != after.tls()) name("tls-cert-file");
  if (database_of(before) != database_of(after)) name("postgres-url");
  return out;
}

Reload::Reload(Server::Parts& parts)
    : parts_(parts),
      held_(parts.config),
      mail_password_(held_.mail.password),
      stamps_(stamps_of(held_)),
      wake_(parts.loops.at(0)),
      done_event_(parts.loops.at(0)) {}

Reload::Stamps Reload::stamps_of(const Config& config) {
  std::vector<std::string> paths = config.tls_cert_files;
  paths.insert(paths.end(), config.tls_key_files.begin(), config.tls_key_files.end());
  for (const auto& [flag, path] : config.secret_files) paths.push_back(path);
  Stamps out;
  for (const auto& path : paths) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) info = {};
    out[path] = {static_cast<std::int64_t>(info.st_dev), static_cast<std::int64_t>(info.st_ino), info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
  }
  return out;
}

Task<void> Reload::now() {
  const auto mine = ++asked_;
  wake_.notify();
  while (done_ < mine && !*parts_.stopping) co_await done_event_.wait_for(Seconds(1));
}

Task<void> Reload::keep() {
  for (;;) {
    co_await wake_.wait_for(parts_.config.watch_interval);
    const auto asked = asked_;
    if (asked > done_) {
      co_await open_log();
      co_await read_configuration();
    }
    const auto look = [this] { return stamps_of(held_); };
    auto stamps = co_await aio::blocking(look);
    if (asked > done_ || stamps != stamps_) co_await read_files();
    stamps_ = std::move(stamps);
    done_ = asked;
    done_event_.notify();
  }
}

// As rotations of logs do it: they move a file away, and then they ask.
Task<void> Reload::open_log() {
  const auto open = [] { return log::reopen(); };
  const auto opened = co_await aio::blocking(open);
  if (!opened) log::error("a file of the log cannot be opened again and stays as it was", {{"why", all_of(opened.error())}});
}

Task<void> Reload::read_configuration() {
  if (!held_.reread) co_return;
  const auto read = [this] { return held_.reread(); };
  auto fresh = co_await aio::blocking(read);
  if (fresh) co_return take(std::move(*fresh));
  log::error("the configuration cannot be read again and stays as it was", {{"why", all_of(fresh.error())}});
}

void Reload::take(Config fresh) {
  if (const auto names = needs_restart(held_, fresh); !names.empty()) log::warn("changed settings wait for a restart", {{"names", names}});
  for (const auto flag : kSecrets) *exchangeable(held_, flag) = *exchangeable(fresh, flag);
  held_.secret_files = std::move(fresh.secret_files);
  held_.verbose = fresh.verbose;
  held_.log_filter = std::move(fresh.log_filter);
  log::setup(parts_.config.log_format, held_.verbose ? log::Level::debug : log::Level::info);
  log::let_through(wanted_lines(held_));
  if (fresh.tls() && held_.tls()) {
    held_.tls_cert_files = fresh.tls_cert_files;
    held_.tls_key_files = fresh.tls_key_files;
    held_.tls_least = fresh.tls_least;
    held_.tls_suites = fresh.tls_suites;
  }
}

Task<void> Reload::read_files() {
  co_await exchange_certificates();
  co_await exchange_secrets();
}

Task<void> Reload::exchange_certificates() {
  auto* listener = tls_listener(parts_);
  if (!listener) co_return;
  const auto read = [this] { return tls_serving(held_); };
  const auto serving = co_await aio::blocking(read);
  auto shown = serving ? listener->show(**serving) : Result<void>(std::unexpected(serving.error()));
  if (shown)
    log::info("certificates were read again");
  else
    log::error("certificates cannot be read again and stay as they were", {{"why", all_of(shown.error())}});
}

Task<void> Reload::exchange_secrets() {
  for (const auto& [flag, path] : held_.secret_files) {
    Secret* secret = exchangeable(held_, flag);
    if (!secret) continue;
    const auto read = [name = path] { return read_secret(name); };
    auto fresh = co_await aio::blocking(read);
    if (!fresh) {
      log::error("a secret cannot be read again and stays as it was", {{"setting", "--" + flag + "-file"}, {"why", all_of(fresh.error())}});
    } else {
      *secret = Secret(std::move(*fresh));
    }
  }
  const auto& login = parts_.login->options();
  const auto& [oidc, github] = std::pair(held_.login.oidc.client_secret, held_.login.github.client_secret);
  if (oidc.reveal() != login.oidc.client_secret.reveal() || github.reveal() != login.github.client_secret.reveal()) {
    parts_.login->exchange_secrets(oidc, github);
    log::info("client secrets were exchanged");
  }
  if (held_.mail.password.reveal() != mail_password_.reveal()) {
    mail_password_ = held_.mail.password;
    parts_.recovery->exchange_password(mail_password_);
    parts_.outbox->exchange_password(mail_password_);
    log::info("the password for mail was exchanged");
  }
}

}  // namespace slipway::server
