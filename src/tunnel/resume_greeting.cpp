#include "tunnel/resume_greeting.hpp"

#include "aio/task.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "net/stream.hpp"

namespace slipway::tunnel {

namespace {

constexpr std::string_view kMagic = "SLPWRES1";
constexpr std::size_t kNumber = 32, kSecret = 32, kId = 16;
constexpr std::size_t kSays = 1 + kId + kSecret + 8;  // whether known, which stream, proof, how far heard
constexpr std::size_t kAnswer = 1 + 8 + 2;            // in or why not, how far heard, length of the sentence
constexpr std::size_t kSentence = 1000;

std::string eight(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char one : bytes) out = (out << 8U) | static_cast<unsigned char>(one);
  return out;
}

std::string id_bytes(const Uuid& id) { return {reinterpret_cast<const char*>(id.bytes.data()), kId}; }

std::string proof_of(const std::string& secret, const std::string& number, const Uuid& id) {
  return crypto::hmac_sha256(secret, "slipway resume 1\n" + number + id_bytes(id));
}

Task<Result<std::string>> read_exactly(net::Stream& carrier, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t have = 0; have < size;) {
    CO_TRY(count, co_await carrier.read_some(std::span(out).subspan(have)));
    if (count == 0) co_return fail(Code::bad_gateway, "The connection ended before it had begun.");
    have += count;
  }
  co_return out;
}

constexpr Code kReasons[] = {Code::forbidden, Code::gone, Code::too_many};  // 1, 2, 3 on the wire

}  // namespace

ResumeKey make_resume_key() { return {.id = Uuid::random(), .secret = crypto::random_bytes(kSecret)}; }

Task<Result<Greeting>> hear_greeting(net::Stream& carrier) {
  Greeting out;
  std::array<char, kMagic.size()> piece{};
  while (out.already_read.size() < kMagic.size()) {
    CO_TRY(count, co_await carrier.read_some(std::span(piece).first(kMagic.size() - out.already_read.size())));
    out.already_read.append(piece.data(), count);
    if (count == 0 || !kMagic.starts_with(out.already_read)) co_return out;
  }
  CO_TRY(number, co_await read_exactly(carrier, kNumber));
  out.number = std::move(number);
  co_return out;
}

Task<Result<std::uint64_t>> come_in(net::Stream& carrier, const ResumeKey& key, const std::string& number, bool known, std::uint64_t received) {
  const auto says =
      std::string(1, known ? '\1' : '\0') + id_bytes(key.id) + (known ? proof_of(key.secret, number, key.id) : key.secret) + eight(received);
  CO_CHECK(co_await carrier.write(says));
  CO_TRY(answer, co_await read_exactly(carrier, kAnswer));
  const auto status = static_cast<unsigned char>(answer[0]);
  if (status == 0) co_return number_of(std::string_view(answer).substr(1, 8));
  const auto length = number_of(std::string_view(answer).substr(9));
  if (status > std::size(kReasons) || length > kSentence) co_return fail(Code::bad_gateway, "The workspace's agent did not answer as one of ours.");
  CO_TRY(sentence, co_await read_exactly(carrier, static_cast<std::size_t>(length)));
  co_return fail(kReasons[status - 1], std::move(sentence));
}

bool Comer::proves(const std::string& secret) const { return crypto::equal(proof, known ? proof_of(secret, number, id) : secret); }

Task<Result<Comer>> greet(net::Stream& carrier) {
  Comer out{.id = {}, .number = crypto::random_bytes(kNumber), .proof = {}};
  const auto greeting = std::string(kMagic) + out.number;
  CO_CHECK(co_await carrier.write(greeting));
  CO_TRY(says, co_await read_exactly(carrier, kSays));
  if (says[0] != '\0' && says[0] != '\1') co_return fail(Code::invalid, "A stream is new or known.");
  out.known = says[0] == '\1';
  std::array<std::uint8_t, kId> id{};
  std::copy_n(says.begin() + 1, kId, id.begin());
  out.id = Uuid{id};
  out.proof = says.substr(1 + kId, kSecret);
  out.received = number_of(std::string_view(says).substr(1 + kId + kSecret));
  co_return out;
}

Task<Result<void>> let_in(net::Stream& carrier, std::uint64_t received) {
  const auto answer = std::string(1, '\0') + eight(received) + std::string(2, '\0');
  co_return co_await carrier.write(answer);
}

Task<void> turn_away(net::Stream& carrier, Error why) {
  const auto at = std::ranges::find(kReasons, why.code);
  const auto reason = at == std::end(kReasons) ? 2 : at - std::begin(kReasons) + 1;
  why.say.resize(std::min(why.say.size(), kSentence));
  const auto answer = std::string(1, static_cast<char>(reason)) + eight(0) + eight(why.say.size()).substr(6) + why.say;
  if (co_await carrier.write(answer)) (void)co_await carrier.shutdown_send();
}

}  // namespace slipway::tunnel
