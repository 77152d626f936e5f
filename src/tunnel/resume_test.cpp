#include "tunnel/resume.hpp"

#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "crypto/hash.hpp"
#include "net/pipe.hpp"
#include "tunnel/resumable_stream.hpp"
#include "tunnel/resume_greeting.hpp"

#include <gtest/gtest.h>

#include <random>

namespace slipway::tunnel {
namespace {

constexpr ResumeLimits kSmall{.window = 64, .ahead = 64, .piece = 7, .ack_every = 16};

std::string letters(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>('a' + i % 26);
  return out;
}

// What one end has for the other, as one run of bytes.
std::string all_of(Resumable& end) {
  std::string out;
  for (std::string piece = end.output(); !piece.empty(); piece = end.output()) out += piece;
  return out;
}

std::string taken_from(Resumable& end) {
  std::string out(4096, '\0');
  out.resize(end.take(out));
  return out;
}

void join(Resumable& one, Resumable& other) {
  one.detach();
  other.detach();
  ASSERT_TRUE(one.reaches(other.received()) && other.reaches(one.received()));
  one.attach(other.received());
  other.attach(one.received());
}

// Two ends, and a text on its way from the first to the second.
struct Pair {
  Resumable from{kSmall}, to{kSmall};
  std::string text, got;
  std::size_t given = 0;
  bool finishes = true;

  explicit Pair(std::string what) : text(std::move(what)) { join(from, to); }

  // One exchange of what both have to say, of which the first `bytes` arrive each way.
  void turn(std::size_t there = std::string::npos, std::size_t back = std::string::npos) {
    const auto part = std::string_view(text).substr(given, from.room());
    from.send(part);
    given += part.size();
    if (given == text.size() && finishes) from.finish();
    ASSERT_TRUE(to.input(all_of(from).substr(0, there)));
    got += taken_from(to);
    ASSERT_TRUE(from.input(all_of(to).substr(0, back)));
  }
  void to_the_end() {
    for (int i = 0; i < 1000 && !to.other_finished(); ++i) turn();
  }
};

TEST(Resume, LosesAndDoublesNothingWhereverTheCarrierIsCut) {
  const auto text = letters(150);
  for (int whole = 0; whole < 4; ++whole)
    for (std::size_t cut = 0; cut < 250; ++cut) {
      Pair pair(text);
      for (int i = 0; i < whole; ++i) pair.turn();
      pair.turn(cut);
      join(pair.from, pair.to);

      pair.to_the_end();

      ASSERT_EQ(pair.got, text) << "cut after " << whole << " turns and " << cut;
      ASSERT_TRUE(pair.to.other_finished()) << cut;
    }
}

TEST(Resume, LosesNothingWhenAcknowledgementsAreCutAnywhere) {
  const auto text = letters(300);
  for (std::size_t cut = 0; cut <= 20; ++cut) {
    Pair pair(text);
    for (int i = 0; i < 10; ++i) {
      pair.turn(std::string::npos, cut);
      join(pair.from, pair.to);
    }

    pair.to_the_end();

    EXPECT_EQ(pair.got, text) << "cut after " << cut;
  }
}

TEST(Resume, TakesOnceWhatComesTwice) {
  Pair pair(letters(20));
  pair.turn();
  Resumable again(kSmall);
  again.send(letters(20));
  again.attach(0);
  pair.to.detach();
  pair.to.attach(0);

  ASSERT_TRUE(pair.to.input(all_of(again)));

  EXPECT_EQ(pair.got, letters(20));
  EXPECT_EQ(taken_from(pair.to), "");
}

TEST(Resume, KeepsNoMoreThanTheWindow) {
  Resumable from(kSmall), to(kSmall);

  from.send(letters(from.room()));
  EXPECT_EQ(from.room(), 0U);
  join(from, to);
  ASSERT_TRUE(to.input(all_of(from)));
  ASSERT_TRUE(from.input(all_of(to)));
  EXPECT_EQ(from.room(), 0U) << "nobody has taken any of it";
  EXPECT_EQ(taken_from(to), letters(64));
  ASSERT_TRUE(from.input(all_of(to)));

  EXPECT_EQ(from.room(), 64U);
}

TEST(Resume, LetsNoMoreWaitForACarrierThanItShould) {
  Resumable from({.window = 1000, .ahead = 100, .piece = 50, .ack_every = 10}), to;
  EXPECT_EQ(from.room(), 1000U);
  join(from, to);
  EXPECT_EQ(from.room(), 100U);
  from.send(letters(100));
  EXPECT_EQ(from.room(), 0U);

  from.output();

  EXPECT_EQ(from.room(), 50U);
}

TEST(Resume, AcknowledgesInLargePiecesOrWithData) {
  Resumable one(kSmall), other(kSmall);
  join(one, other);
  all_of(one), all_of(other);

  one.send(letters(10));
  ASSERT_TRUE(other.input(all_of(one)));
  taken_from(other);
  EXPECT_EQ(all_of(other), "") << "ten bytes are not worth an answer";
  other.send("x");
  EXPECT_EQ(all_of(other).size(), 9U + 13U + 1U);
  one.send(letters(16));
  ASSERT_TRUE(other.input(all_of(one)));
  taken_from(other);

  EXPECT_EQ(all_of(other).size(), 9U);
}

TEST(Resume, SaysItsEndBehindAllThatWasSent) {
  Pair pair(letters(40));
  pair.turn();
  pair.from.end();

  ASSERT_TRUE(pair.to.input(all_of(pair.from)));
  EXPECT_TRUE(pair.to.other_finished() && pair.to.other_ended());
  EXPECT_FALSE(pair.from.settled());
  ASSERT_TRUE(pair.from.input(all_of(pair.to)));

  EXPECT_TRUE(pair.from.settled());
  EXPECT_EQ(pair.got, letters(40));
}

TEST(Resume, AnEndWithoutItsDataIsNoOrderlyOne) {
  Pair pair("");
  pair.from.end();

  ASSERT_TRUE(pair.to.input(all_of(pair.from)));

  EXPECT_TRUE(pair.to.other_ended());
  EXPECT_FALSE(pair.to.other_finished());
}

TEST(Resume, MeetsOnlyWhereItStillKnowsWhatFollows) {
  Pair pair(letters(64));
  pair.turn();

  EXPECT_FALSE(pair.from.reaches(0));
  EXPECT_TRUE(pair.from.reaches(65));
  EXPECT_FALSE(pair.from.reaches(66));
}

TEST(Resume, RefusesWhatNoEndSays) {
  const auto frame = [](char kind, char number, std::string more = {}) { return std::string{kind, 0, 0, 0, 0, 0, 0, 0, number} + std::move(more); };
  const auto length = [](char bytes) { return std::string{0, 0, 0, bytes}; };
  const std::pair<std::string, std::string> cases[] = {
      {"unknown", frame(9, 0)},
      {"no kind", frame(0, 0)},
      {"empty data", frame(1, 0, length(0))},
      {"gap", frame(1, 1, length(1) + "x")},
      {"gap before the end", frame(3, 4)},
      {"acknowledges what was not sent", frame(2, 1)},
      {"data behind the end", frame(3, 0) + frame(1, 1, length(1) + "x")},
      {"two ends", frame(4, 0) + frame(4, 1)},
      {"more than the window", frame(1, 0, length(65) + letters(65))},
  };
  for (const auto& [name, bytes] : cases) {
    Resumable end(kSmall);
    end.attach(0);

    EXPECT_FALSE(end.input(bytes)) << name;
  }
}

// Runs the body on a fresh loop.
void on_loop(Task<int> body) {
  aio::Loops loops(1);
  auto limited = [](Task<int> inner) -> Task<int> {
    auto wrapped = [](Task<int> most) -> Task<Result<int>> { co_return co_await std::move(most); };
    const auto ended = co_await aio::with_deadline(Seconds(120), "The test took too long.", wrapped(std::move(inner)));
    EXPECT_TRUE(ended);
    co_return 0;
  };
  loops.run(limited(std::move(body)));
}

using StreamPtr = std::unique_ptr<net::Stream>;

// A wire that lets so many bytes through, both ways together, and then breaks.
struct Wire {
  explicit Wire(const aio::Executor& home, std::size_t bytes) : left(bytes) {
    std::tie(one, near) = net::make_pipe(home);
    std::tie(far, other) = net::make_pipe(home);
  }
  static Task<void> pass(std::shared_ptr<Wire> wire, bool there) {
    auto& from = there ? *wire->near : *wire->far;
    auto& to = there ? *wire->far : *wire->near;
    std::array<char, 512> piece;
    while (true) {
      const auto count = co_await from.read_some(piece);
      if (!count || *count == 0) break;
      const auto some = std::min(*count, wire->left);
      wire->left -= some;
      if (some > 0 && !co_await to.write({piece.data(), some})) break;
      if (wire->left == 0) break;
    }
    wire->near->close();
    wire->far->close();
  }
  StreamPtr one, near, far, other;
  std::size_t left;
};

Task<void> write_all(std::shared_ptr<StreamPtr> to, std::shared_ptr<const std::string> text, unsigned seed) {
  std::mt19937 chance(seed);
  for (std::size_t at = 0; at < text->size();) {
    const auto part = std::string_view(*text).substr(at, 1 + chance() % 3000);
    EXPECT_TRUE(co_await (*to)->write(part));
    at += part.size();
  }
  EXPECT_TRUE(co_await (*to)->shutdown_send());
}

Task<void> read_all(std::shared_ptr<StreamPtr> from, std::shared_ptr<std::string> into, std::shared_ptr<bool> finished) {
  std::array<char, 1000> piece;
  while (true) {
    const auto count = co_await (*from)->read_some(piece);
    EXPECT_TRUE(count);
    if (!count || *count == 0) break;
    into->append(piece.data(), *count);
  }
  *finished = true;
}

Task<void> carry_one(std::shared_ptr<HeldEnd> end, std::shared_ptr<StreamPtr> over, std::uint64_t other_has) {
  (void)co_await end->carry(**over, other_has);
  (*over)->close();
}

Task<int> cut_a_thousand_times() {
  const auto home = co_await aio::executor();
  const ResumeLimits limits{.window = 20'000, .ahead = 5'000, .piece = 700, .ack_every = 3'000};
  auto one = std::make_shared<HeldEnd>(home, limits), other = std::make_shared<HeldEnd>(home, limits);
  auto there = std::make_shared<std::string>(), back = std::make_shared<std::string>();
  std::mt19937 chance(42);
  for (auto& text : {there, back})
    for (std::size_t i = 0; i < 1'500'000; ++i) *text += static_cast<char>(chance());
  aio::Nursery users(home);
  auto mine = std::make_shared<StreamPtr>(one->stream()), theirs = std::make_shared<StreamPtr>(other->stream());
  auto got_there = std::make_shared<std::string>(), got_back = std::make_shared<std::string>();
  auto all_there = std::make_shared<bool>(false), all_back = std::make_shared<bool>(false);
  users.start(write_all, mine, std::shared_ptr<const std::string>(there), 1U);
  users.start(write_all, theirs, std::shared_ptr<const std::string>(back), 2U);
  users.start(read_all, theirs, got_there, all_there);
  users.start(read_all, mine, got_back, all_back);

  int cuts = 0;
  for (; !*all_there || !*all_back; ++cuts) {
    auto wire = std::make_shared<Wire>(home, cuts < 1000 ? chance() % 2500 : 100'000);
    aio::Nursery carriers(home);
    one->release();
    other->release();
    const auto one_has = one->received(), other_has = other->received();
    carriers.start(Wire::pass, wire, true);
    carriers.start(Wire::pass, wire, false);
    carriers.start(carry_one, one, std::make_shared<StreamPtr>(std::move(wire->one)), other_has);
    carriers.start(carry_one, other, std::make_shared<StreamPtr>(std::move(wire->other)), one_has);
    if (cuts < 1000)
      co_await carriers.ended();
    else
      while (carriers.size() == 4 && (!*all_there || !*all_back)) co_await aio::sleep(Milliseconds(1));
    co_await carriers.stop();
  }

  EXPECT_GT(cuts, 1000);
  EXPECT_EQ(crypto::sha256_hex(*got_there), crypto::sha256_hex(*there));
  EXPECT_EQ(crypto::sha256_hex(*got_back), crypto::sha256_hex(*back));
  co_await users.stop();
  co_return 0;
}

TEST(Resume, AThousandCutsLoseAndDoubleNothing) { on_loop(cut_a_thousand_times()); }

Task<int> take_over() {
  const auto home = co_await aio::executor();
  auto end = std::make_shared<HeldEnd>(home);
  const auto user = end->stream();
  aio::Nursery carriers(home);
  auto [first, first_far] = net::make_pipe(home);
  auto [second, second_far] = net::make_pipe(home);
  carriers.start(carry_one, end, std::make_shared<StreamPtr>(std::move(first)), std::uint64_t{0});
  (void)co_await user->write("word");
  std::array<char, 9 + 13 + 4> bytes;
  for (std::size_t have = 0; have < bytes.size();) have += (co_await first_far->read_some(std::span(bytes).subspan(have))).value_or(bytes.size());

  carriers.start(carry_one, end, std::make_shared<StreamPtr>(std::move(second)), std::uint64_t{2});

  std::array<char, 100> rest;
  EXPECT_EQ((co_await first_far->read_some(rest)).value_or(99), 0U) << "the carrier before is let go";
  std::string heard;
  while (heard.size() < 9 + 13 + 2) heard.append(rest.data(), (co_await second_far->read_some(rest)).value_or(0));
  EXPECT_EQ(heard.substr(22), "rd");
  co_await carriers.stop();
  co_return 0;
}

TEST(Resume, AnotherCarrierTakesOverFromTheOneThereIs) { on_loop(take_over()); }

TEST(Resume, EndsWithTheReasonWhenNoCarrierWillCome) {
  auto body = []() -> Task<int> {
    const auto home = co_await aio::executor();
    auto end = std::make_shared<HeldEnd>(home, kSmall);
    const auto user = end->stream();
    EXPECT_TRUE(co_await user->write(letters(64)));
    auto more = user->write("x");
    const auto stuck = co_await aio::with_deadline(Milliseconds(1), "A full window makes the writer wait.", std::move(more));
    EXPECT_TRUE(!stuck && stuck.error().code == Code::timed_out);

    end->fail({.code = Code::gone, .say = "It is gone."});

    std::array<char, 10> piece;
    const auto read = co_await user->read_some(piece);
    const auto written = co_await user->write("x");
    EXPECT_TRUE(!read && read.error().code == Code::gone);
    EXPECT_TRUE(!written && written.error().code == Code::gone);
    co_await end->settled_or_away_for(std::chrono::hours(1));
    co_return 0;
  };
  on_loop(body());
}

Task<void> keep(StreamPtr carrier, std::shared_ptr<std::string> secret, Error refusal) {
  auto comer = co_await greet(*carrier);
  EXPECT_TRUE(comer);
  if (!comer) co_return;
  if (!refusal.say.empty()) co_return co_await turn_away(*carrier, std::move(refusal));
  if (!comer->known) *secret = comer->proof;
  if (!comer->proves(*secret)) co_return co_await turn_away(*carrier, {.code = Code::forbidden, .say = "It is not yours."});
  (void)co_await let_in(*carrier, comer->received + 1);
}

// What the coming end is told, over a carrier of its own.
Task<Result<std::uint64_t>> come(aio::Nursery& keepers, std::shared_ptr<std::string> secret, ResumeKey key, bool known, Error refusal = {}) {
  auto [near, far] = net::make_pipe(keepers.home());
  keepers.start(keep, std::move(far), std::move(secret), std::move(refusal));
  CO_TRY(greeting, co_await hear_greeting(*near));
  co_return co_await come_in(*near, key, greeting.number.value_or(""), known, 41);
}

TEST(Resume, LetsInWhoProvesTheSecretAndNobodyElse) {
  auto body = []() -> Task<int> {
    aio::Nursery keepers(co_await aio::executor());
    const auto key = make_resume_key();
    auto secret = std::make_shared<std::string>();
    auto stranger = key;
    stranger.secret = make_resume_key().secret;
    const Error gone{.code = Code::gone, .say = "It is gone."};

    EXPECT_EQ((co_await come(keepers, secret, key, false)).value_or(0), 42U);
    EXPECT_EQ((co_await come(keepers, secret, key, true)).value_or(0), 42U);
    const auto refused = co_await come(keepers, secret, stranger, true);
    const auto lost = co_await come(keepers, secret, key, true, gone);

    EXPECT_TRUE(!refused && refused.error().code == Code::forbidden && refused.error().say == "It is not yours.");
    EXPECT_TRUE(!lost && lost.error().code == Code::gone);
    co_await keepers.stop();
    co_return 0;
  };
  on_loop(body());
}

TEST(Resume, KnowsAnEndThatDoesNotResume) {
  auto body = []() -> Task<int> {
    auto [near, far] = net::make_pipe(co_await aio::executor());
    (void)co_await far->write("SSH-2.0-other\r\n");

    const auto greeting = co_await hear_greeting(*near);

    EXPECT_TRUE(greeting && !greeting->number);
    std::array<char, 100> rest;
    const auto more = co_await near->read_some(rest);
    EXPECT_EQ(greeting->already_read + std::string(rest.data(), more.value_or(0)), "SSH-2.0-other\r\n");
    co_return 0;
  };
  on_loop(body());
}

}  // namespace
}  // namespace slipway::tunnel
