#include "agent/held_streams.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"

namespace slipway::agent {

struct HeldStreams::Held {
  Uuid id;
  std::string secret, person;
  std::shared_ptr<tunnel::HeldEnd> end;
};

HeldStreams::HeldStreams(const asio::any_io_executor& home, HeldLimits limits) : limits_(limits), nursery_(home) {}
HeldStreams::~HeldStreams() = default;

Result<HeldStreams::HeldPtr> HeldStreams::find(const tunnel::Comer& comer, const std::string& person) const {
  const auto found = held_.find(comer.id);
  if (found == held_.end())
    return fail(Code::gone, "The session is gone: the workspace's agent was restarted, or nobody came back to it for too long. Connect again.");
  const auto& held = found->second;
  if (!comer.proves(held->secret) || held->person != person)
    return fail(Code::forbidden, "This session was begun by somebody else. Connect again to begin one of your own.");
  return held;
}

// The one that nothing has carried for longest makes place for a new one.
bool HeldStreams::make_room() {
  if (held_.size() < limits_.most) return true;
  HeldPtr longest;
  for (const auto& [id, held] : held_)
    if (!held->end->carried() && (!longest || held->end->away_since() < longest->end->away_since())) longest = held;
  if (!longest) return false;
  log::info("a held connection makes place for a new one", {{"stream", longest->id.str()}});
  longest->end->fail({.code = Code::gone, .say = "Too many sessions are held."});
  held_.erase(longest->id);
  return true;
}

Result<HeldStreams::HeldPtr> HeldStreams::begin(const tunnel::Comer& comer, std::string person, Serve serve) {
  // Its answer to the first carrier may have been lost.
  if (held_.contains(comer.id)) return find(comer, person);
  if (!make_room()) return fail(Code::too_many, fmt::format("This workspace has {} connections already. Close one of them.", limits_.most));
  auto held = std::make_shared<Held>(Held{
      .id = comer.id, .secret = comer.proof, .person = std::move(person), .end = std::make_shared<tunnel::HeldEnd>(nursery_.home(), limits_.stream)});
  held_.emplace(held->id, held);
  if (nursery_.start(run, this, held, std::move(serve))) return held;
  held_.erase(comer.id);
  return fail(Code::gone, "The workspace's agent is shutting down.");
}

namespace {

// What is cancelled ends without a throw: two that throw at once would be an exception of another type.
Task<void> serve_quietly(const HeldStreams::Serve& serve, std::unique_ptr<net::Stream> stream) {
  try {
    co_await serve(std::move(stream));
  } catch (const boost::system::system_error&) {
    // Nobody came back to it, or the agent stops.
  }
}

}  // namespace

Task<void> HeldStreams::run(HeldStreams* self, HeldPtr held, Serve serve) {
  using namespace asio::experimental::awaitable_operators;
  const OnExit forget([self, held] {
    if (const auto found = self->held_.find(held->id); found != self->held_.end() && found->second == held) self->held_.erase(found);
  });
  auto stream = held->end->stream();
  co_await (serve_quietly(serve, std::move(stream)) || held->end->away_for(self->limits_.keep));
  held->end->end();
  co_await held->end->settled_or_away_for(self->limits_.keep);
}

Task<void> HeldStreams::carry(std::unique_ptr<net::Stream> carrier, std::string person, Serve serve) {
  auto greeted = tunnel::greet(*carrier);
  const auto comer = co_await aio::with_deadline(limits_.greeting, "It was not said which stream this is.", std::move(greeted));
  if (!comer) co_return;
  auto held = comer->known ? find(*comer, person) : begin(*comer, std::move(person), std::move(serve));
  if (!held) co_return co_await tunnel::turn_away(*carrier, held.error());
  const auto end = (*held)->end;
  end->release();
  if (!end->reaches(comer->received)) {
    end->fail({.code = Code::gone, .say = "The two ends of the session do not meet any more."});
    co_return co_await tunnel::turn_away(*carrier, {.code = Code::gone, .say = "The two ends of the session do not meet any more. Connect again."});
  }
  const auto received = end->received();
  if (!co_await tunnel::let_in(*carrier, received)) co_return;
  // Somebody else may have come meanwhile and have had the stream, which then has heard more than this one was told.
  if (end->carried() || end->received() != received || !end->reaches(comer->received)) co_return;
  (void)co_await end->carry(*carrier, comer->received);
}

void HeldStreams::hang_up() {
  for (const auto& [id, held] : held_) held->end->end();
}

Task<void> HeldStreams::stop() {
  hang_up();
  co_await nursery_.stop();
  held_.clear();
}

}  // namespace slipway::agent
