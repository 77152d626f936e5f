#include "http/standing.hpp"

#include "aio/event.hpp"
#include "http/credentials.hpp"
#include "store/db.hpp"

#include <unordered_map>

namespace slipway::http {

// The last answer to one question, and whether somebody asks it right now.
struct Judgement {
  Judgement(const aio::Executor& home, Milliseconds limit) : good_for(limit), answered(home) {}

  const Milliseconds good_for;
  std::chrono::steady_clock::time_point asked = std::chrono::steady_clock::now();
  bool holds = true;
  Result<PrincipalPtr> caller = PrincipalPtr();  // of a key's question
  bool asking = false;
  unsigned round = 0;  // of questions that were answered
  aio::Event answered;

  Milliseconds age() const { return std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - asked); }
};

class Standings {
 public:
  Standings(aio::Executor home, Milliseconds good_for) : home_(std::move(home)), good_for_(good_for) {}

  std::shared_ptr<Judgement> of(std::string question) {
    auto& place = known_[std::move(question)];
    auto judgement = place.lock();
    if (!judgement) {
      judgement = std::make_shared<Judgement>(home_, good_for_);
      place = judgement;
    }
    // A new question makes room for itself: no more places are kept than twice what is open.
    if (known_.size() > 2 * last_swept_) {
      std::erase_if(known_, [](const auto& one) { return one.second.expired(); });
      last_swept_ = std::max<std::size_t>(known_.size(), 64);
    }
    return judgement;
  }

 private:
  aio::Executor home_;
  Milliseconds good_for_;
  std::unordered_map<std::string, std::weak_ptr<Judgement>> known_;
  std::size_t last_swept_ = 64;
};

std::shared_ptr<Standings> make_standings(const boost::asio::any_io_executor& executor, Milliseconds good_for) {
  return std::make_shared<Standings>(executor, good_for);
}

namespace {

bool cannot_tell(const Error& error) { return error.code == Code::internal || error.code == Code::unavailable || error.code == Code::timed_out; }

// One asks, the others wait for the answer; who asks may be cut off in the middle.
struct Asking {
  explicit Asking(Judgement& judgement) : of(judgement) { of.asking = true; }
  ~Asking() {
    of.asking = false;
    of.answered.notify();
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  Judgement& of;
};

// Whether somebody else was asking and has been answered: then there is nothing to ask.
Task<bool> answered_meanwhile(Judgement& judgement) {
  for (const auto round = judgement.round; judgement.asking;) {
    co_await judgement.answered.wait_for(judgement.good_for);
    if (judgement.round != round) co_return true;
  }
  co_return false;
}

}  // namespace

Standing::Standing(Call& call, Authenticator& authenticator, std::string name, Right right)
    : Standing(call, authenticator, credentials(call.request(), *call.home().site).token, name, std::move(right)) {}

Standing::Standing(Call& call, Authenticator& authenticator, std::string name, Right right, OfNobody)
    : Standing(call, authenticator, std::string(), name, std::move(right)) {}

Standing::Standing(Call& call, Authenticator& authenticator, std::string token, const std::string& name, Right right)
    : call_(call),
      authenticator_(authenticator),
      right_(std::move(right)),
      token_(std::move(token)),
      key_(call.home().standings->of(token_)),
      answer_(call.home().standings->of(token_ + "\n" + name)) {
  // This request was let in just now, whatever an earlier one was told.
  if (answer_->holds || answer_->asking) return;
  answer_->holds = true;
  answer_->asked = std::chrono::steady_clock::now();
}

Milliseconds Standing::fresh() const { return std::max<Milliseconds>(answer_->good_for - answer_->age(), Milliseconds(1)); }

Task<bool> Standing::holds() {
  if (answer_->age() < answer_->good_for) co_return answer_->holds;
  if (co_await answered_meanwhile(*answer_)) co_return answer_->holds;
  const Asking now(*answer_);
  answer_->holds = co_await ask();
  ++answer_->round;
  co_return answer_->holds;
}

// An answer is as old as the look at the session that it is built on, and none before it is there: who asks may be cut off.
Task<bool> Standing::ask() {
  auto as_of = std::chrono::steady_clock::now();
  auto actor = store::Db::nobody();
  if (!token_.empty()) {
    auto principal = co_await caller();
    as_of = key_->asked;
    if (!principal) {
      answer_->asked = as_of;
      co_return cannot_tell(principal.error());
    }
    actor = (*principal)->actor;
  }
  const bool held = co_await judge(call_.db().store_for(std::move(actor)));
  answer_->asked = as_of;
  co_return held;
}

Task<Result<PrincipalPtr>> Standing::caller() {
  if (key_->round > 0 && key_->age() < key_->good_for) co_return key_->caller;
  if (co_await answered_meanwhile(*key_)) co_return key_->caller;
  const Asking now(*key_);
  const auto as_of = std::chrono::steady_clock::now();
  key_->caller = co_await authenticator_.user(call_.home(), token_, std::make_shared<store::Cost>());
  key_->asked = as_of;
  ++key_->round;
  co_return key_->caller;
}

Task<bool> Standing::judge(store::Store now) {
  auto answer = co_await right_(now);
  co_return answer ? *answer : cannot_tell(answer.error());
}

}  // namespace slipway::http
