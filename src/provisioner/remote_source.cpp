#include "provisioner/remote_source.hpp"

#include "aio/blocking.hpp"
#include "api/gen/provisioners.hpp"
#include "api/gen/response.hpp"
#include "base/log.hpp"
#include "net/client.hpp"
#include "net/status.hpp"
#include "net/url.hpp"
#include "provisioner/wire.hpp"

namespace slipway::provisioner {
namespace {

constexpr Milliseconds kBeyondPatience = std::chrono::seconds(15);  // an acquire's answer may come so late

std::unexpected<Error> refusal(int status, std::string_view body) {
  Error error{.code = net::code_of(status), .say = fmt::format("The server answered with status {}.", status)};
  if (const auto answer = api::from_json<api::Response>(body); answer && !answer->message.empty()) {
    error.say = answer->message;
    error.detail = answer->detail;
    for (const auto& fault : answer->validations) error.detail += fmt::format("{}{}: {}", error.detail.empty() ? "" : " ", fault.field, fault.detail);
  }
  error.why = fmt::format("{} {} (status {})", error.say, error.detail, status);
  return std::unexpected(std::move(error));
}

// The job is no longer ours, or we are nobody any more: either way the server takes nothing of it.
bool lost(const Error& error) {
  return error.code == Code::not_found || error.code == Code::gone || error.code == Code::unauthenticated || error.code == Code::forbidden;
}

class Source final : public RemoteSource {
 public:
  Source(const asio::any_io_executor& home, RemoteOptions options)
      : options_(std::move(options)),
        client_(home, {.tls = {.verify = true, .extra_roots_pem = options_.extra_roots_pem, .client = {}},
                       .proxies = net::proxies_of_environment(),
                       .user_agent = "slipwayd-provisioner/" + options_.version,
                       .max_response = wire::kMostJob}) {}

  Task<Result<std::optional<JobInput>>> acquire(const std::string& daemon, Milliseconds patience) override {
    // Kept until there is an answer: should one get lost, the next asking gets the job of this one.
    auto [asking, fresh] = asking_.try_emplace(daemon);
    if (fresh) asking->second = Uuid::random();
    const wire::Acquire ask{.name = daemon,
                            .version = options_.version,
                            .engines = options_.engines,
                            .tags = options_.tags,
                            .request = asking->second,
                            .holder = options_.holder,
                            .wait_ms = patience.count()};
    auto body = wire::encode(ask);
    CO_TRY(answer, co_await post("/acquire", std::move(body), patience + kBeyondPatience));
    if (answer.empty()) {
      asking_.erase(daemon);
      co_return std::optional<JobInput>();
    }
    const auto decode = [&answer] { return wire::decode<JobInput>(answer); };
    CO_TRY(input, co_await aio::blocking(decode));
    asking_.erase(daemon);
    co_return std::optional(std::move(input));
  }

  Task<Result<void>> begin(std::vector<JobId> held) override {
    wire::Begin ask{.holder = options_.holder, .held = {}};
    for (const auto& job : held) ask.held.push_back(job.uuid);
    auto body = wire::encode(ask);
    CO_CHECK(co_await post("/begin", std::move(body), options_.call_limit));
    co_return Result<void>();
  }

  Task<Result<Orders>> heartbeat(const JobId& job, Milliseconds patience) override {
    auto body = wire::encode(wire::Wait{patience.count()});
    auto answer = co_await post(of(job, "heartbeat"), std::move(body), patience + options_.beat_limit);
    if (!answer && lost(answer.error())) {
      log::warn("the server no longer gives us this job: it is abandoned", {{"job", job.str()}, {"why", answer.error().say}});
      co_return Orders::abandon;
    }
    if (!answer) co_return std::unexpected(std::move(answer).error());
    CO_TRY(beat, wire::decode<wire::Beat>(*answer));
    co_return beat.orders;
  }

  Task<Result<void>> logs(const JobId& job, std::vector<LogLine> batch) override {
    auto body = wire::encode(wire::Lines{std::move(batch)});
    CO_CHECK(co_await post(of(job, "logs"), std::move(body), options_.call_limit));
    co_return Result<void>();
  }

  Task<Result<Verdict>> commit_quota(const JobId& job, std::int64_t daily_cost) override {
    auto body = wire::encode(wire::Quota{daily_cost});
    CO_TRY(answer, co_await post(of(job, "quota"), std::move(body), options_.call_limit));
    co_return wire::decode<Verdict>(answer);
  }

  Task<Result<void>> complete(const JobId& job, Outcome outcome) override {
    wire::End end{.outcome = std::move(outcome), .failure = std::nullopt};
    co_return co_await finish(job, std::move(end));
  }

  Task<Result<void>> fail(const JobId& job, Failure failure, Outcome partial) override {
    wire::End end{.outcome = std::move(partial), .failure = std::move(failure)};
    co_return co_await finish(job, std::move(end));
  }

  Task<Result<void>> release(const JobId& job) override {
    CO_CHECK(co_await post(of(job, "release"), "{}", options_.call_limit));
    co_return Result<void>();
  }

  Task<Result<std::string>> key_name() override {
    CO_TRY(answer, co_await send("GET", "/api/v2/provisionerkeys/" + net::percent_encode(options_.key.reveal()), {}, options_.call_limit));
    CO_TRY(key, api::from_json<api::ProvisionerKey>(answer));
    co_return std::move(key.name);
  }

  Task<void> stop() override { co_await client_.stop(); }

 private:
  static std::string of(const JobId& job, std::string_view what) { return fmt::format("/jobs/{}/{}", job.str(), what); }

  Task<Result<void>> finish(JobId job, wire::End end) {
    const auto encode = [&end] { return wire::encode(end); };
    auto body = co_await aio::blocking(encode);
    if (body.size() > wire::kMostResult) {
      if (!end.failure) co_return slipway::fail(Code::invalid, "The job's result is larger than a server takes.");
      // What exists must stay known: the state goes home without the rest.
      Outcome rest;
      rest.state = std::move(end.outcome.state);
      end.outcome = std::move(rest);
      body = co_await aio::blocking(encode);
    }
    CO_CHECK(co_await post(of(job, "end"), std::move(body), options_.result_limit));
    co_return Result<void>();
  }

  Task<Result<std::string>> post(std::string path, std::string body, Milliseconds limit) {
    co_return co_await send("POST", std::string(wire::kRoot) + std::move(path), std::move(body), limit);
  }

  Task<Result<std::string>> send(std::string method, std::string path, std::string body, Milliseconds limit) {
    net::Headers headers;
    headers.set(wire::kKeyHeader, options_.key.reveal());
    if (!body.empty()) headers.set("Content-Type", "application/json");
    CO_TRY(answer, co_await client_.request(std::move(method), options_.url + path, std::move(headers), std::move(body), limit));
    if (answer.status / 100 != 2) co_return refusal(answer.status, answer.body);
    co_return std::move(answer.body);
  }

  RemoteOptions options_;
  net::Client client_;
  std::map<std::string, Uuid> asking_;
};

}  // namespace

std::unique_ptr<RemoteSource> make_remote_source(asio::any_io_executor home, RemoteOptions options) {
  return std::make_unique<Source>(home, std::move(options));
}

}  // namespace slipway::provisioner
