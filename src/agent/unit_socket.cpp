#include "agent/unit_socket.hpp"

#include "api/loose.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "base/socket_path.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

using Local = asio::local::stream_protocol;

constexpr Milliseconds kPatience = Seconds(5);
constexpr int kMostAtOnce = 64;

boost::json::array array_of(const std::vector<std::string>& texts) { return boost::json::array(texts.begin(), texts.end()); }

boost::json::object told(const Units& units, const std::string& unit) {
  return {
      {"unit", unit}, {"status", to_string(units.status(unit))}, {"needs", array_of(units.needs(unit))}, {"missing", array_of(units.missing(unit))}};
}

Result<boost::json::object> done(Units& units, const boost::json::object& question) {
  const auto what = api::text_in(question, "do"), unit = api::text_in(question, "unit");
  if (what == "ping") return boost::json::object();
  if (what == "list") {
    boost::json::array all;
    for (const auto& name : units.names()) all.push_back(told(units, name));
    return boost::json::object{{"units", std::move(all)}};
  }
  if (unit.empty()) return fail(Code::invalid, "unit name cannot be empty");
  if (what != "want" && what != "start" && what != "complete" && what != "status") return fail(Code::invalid, "this is no question");
  if (what == "want" || what == "start") TRY_OK(units.want(unit, api::texts_in(question, "needs")));
  if (what == "start") TRY_OK(units.start(unit));
  if (what == "complete") TRY_OK(units.complete(unit));
  return told(units, unit);
}

Task<void> serve(Units* units, Local::socket peer, std::shared_ptr<int> count) {
  const OnExit less([count] { --*count; });
  if (!peer_is_ours(peer.native_handle())) co_return;
  auto talk = [](Units* units, Local::socket& peer) -> Task<Result<void>> {
    std::string question;
    auto [failed, size] = co_await asio::async_read_until(peer, asio::dynamic_buffer(question, UnitSocket::kLine), '\n', aio::tuple);
    if (failed) co_return Result<void>();
    const auto answer = answer_of(*units, std::string_view(question).substr(0, size)) + "\n";
    co_await asio::async_write(peer, asio::buffer(answer), aio::tuple);
    co_return Result<void>();
  };
  (void)co_await aio::with_deadline(kPatience, "a command said nothing", talk(units, peer));
}

}  // namespace

std::string answer_of(Units& units, std::string_view question) {
  boost::system::error_code bad;
  const auto read = boost::json::parse(question, bad);
  if (bad || !read.is_object()) return R"({"error":"this is no question"})";
  auto answer = done(units, read.get_object());
  return boost::json::serialize(answer ? *answer : boost::json::object{{"error", answer.error().say}});
}

UnitSocket::UnitSocket(std::string path) : path_(std::move(path)) {
  const SocketPath place(path_);
  if (place.text().empty() || place.text().size() >= sizeof(sockaddr_un::sun_path)) return;
  boost::system::error_code failed;
  asio::io_context nothing_to_run;
  Local::socket knock(nothing_to_run);
  knock.connect({place.text()}, failed);
  if (!failed) path_.clear();
}

Task<void> UnitSocket::run(aio::Nursery& callers) {
  if (path_.empty()) co_return;
  Local::acceptor acceptor(co_await aio::executor());
  boost::system::error_code failed;
  ::unlink(path_.c_str());  // of the run before this one, by the same number
  const SocketPath place(path_);
  if (place.text().size() >= sizeof(sockaddr_un::sun_path)) failed = asio::error::name_too_long;
  if (!failed) acceptor.open({}, failed);
  if (!failed) acceptor.bind({place.text()}, failed);
  if (!failed && ::chmod(path_.c_str(), 0600) != 0) failed = {errno, boost::system::system_category()};
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) {
    log::warn("scripts cannot wait for one another", {{"socket", path_}, {"why", failed.message()}});
    co_return;
  }
  const OnExit gone([this] { ::unlink(path_.c_str()); });
  const auto count = std::make_shared<int>(0);
  for (;;) {
    auto [error, peer] = co_await acceptor.async_accept(aio::tuple);
    if (error == asio::error::operation_aborted) co_return;
    if (error || *count >= kMostAtOnce) {
      if (error) co_await aio::sleep(Seconds(1));
      continue;
    }
    ++*count;
    callers.start(serve, &units_, std::move(peer), count);
  }
}

}  // namespace slipway::agent
