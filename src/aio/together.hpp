// The answer to one question for all who ask it at the same time. An answer counts for who came before its question was put: whoever comes
// while one is under way waits for its end, and then one of those who wait asks for all of them. So nobody's answer is older than their
// coming, and the question is put once at a time, however many ask. Who asks may be cancelled: another asks then. home: own thread.
#pragma once

#include "aio/event.hpp"

#include <cstdint>
#include <optional>

namespace slipway::aio {

template <class T>
class Together {
 public:
  explicit Together(Executor home) : ended_(std::move(home)) {}

  // `ask()` gives a Task<T>; it is called when this caller is the one who asks.
  template <class F>
  Task<T> get(F& ask) {
    const auto wanted = begun_ + 1;
    while (answered_ < wanted) {
      if (asking_) {
        co_await ended_.wait();
        continue;
      }
      const Asking now(*this);
      const auto round = ++begun_;
      T answer = co_await ask();
      answer_ = std::move(answer);
      answered_ = round;
    }
    co_return *answer_;
  }

 private:
  struct Asking {
    explicit Asking(Together& all) : of(all) { of.asking_ = true; }
    ~Asking() {
      of.asking_ = false;
      of.ended_.notify();
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    Together& of;
  };

  Event ended_;
  bool asking_ = false;
  std::uint64_t begun_ = 0, answered_ = 0;  // rounds
  std::optional<T> answer_;                 // of the round `answered_`
};

}  // namespace slipway::aio
