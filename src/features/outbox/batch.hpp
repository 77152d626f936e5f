// One batch of letters under one lease: each is judged, rendered and delivered, and what came of it is written down. home: own thread.
#pragma once

#include "aio/nursery.hpp"
#include "features/outbox/digest.hpp"
#include "features/outbox/ways.hpp"
#include "http/home.hpp"

namespace slipway::outbox {

// What a batch works with; all of it outlives it.
struct Tools {
  const Options& options;
  std::shared_ptr<const net::MailOptions> mail;
  net::Client& client;
  aio::Nursery& calls;  // that are under way; cut when the server has waited long enough
  Meter& meter;
  const std::atomic<bool>& stopping;
};

class Batch {
 public:
  Batch(Tools tools, http::Home& home, std::shared_ptr<store::Cost> cost, Results& results, std::chrono::steady_clock::time_point lease_end)
      : tools_(std::move(tools)), home_(home), cost_(std::move(cost)), results_(results), lease_end_(lease_end) {}

  // Returns once every letter has its outcome and the store knows it, or the lease has ended.
  Task<void> deliver(const std::vector<Letter>& letters);

 private:
  // The outcome of what is not to be sent, or the message.
  Result<notifications::Message> prepare(const Letter& letter, Outcome& otherwise) const;
  Task<void> mail_all(std::vector<const Letter*> letters);
  Task<void> call_all(std::vector<const Letter*> letters);
  Task<void> call_one(const Letter& letter);
  Task<void> mail_together(std::unique_ptr<net::MailSession>& session, const std::vector<const Letter*>& letters);
  Task<Outcome> send(std::unique_ptr<net::MailSession>& session, const std::vector<Told>& told);
  Task<void> keep_writing();
  Task<void> write_some();
  bool may_begin() const;

  Tools tools_;
  http::Home& home_;
  std::shared_ptr<store::Cost> cost_;
  Results& results_;
  std::chrono::steady_clock::time_point lease_end_, written_ = std::chrono::steady_clock::now();
  bool writing_ = false;
};

}  // namespace slipway::outbox
