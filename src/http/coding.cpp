#include "http/coding.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <zlib.h>

#include <limits>

namespace slipway::http {

namespace {

constexpr int kLevel = 4;  // beyond that, time doubles for a few percent
constexpr int kRaw = -MAX_WBITS, kGzip = 16 + MAX_WBITS;
constexpr std::size_t kPiece = 64 * 1024, kStored = 65535;
constexpr int kWhole = 1000;  // a weight of 1

// "0.85" is 850; nothing for what is no weight (RFC 9110 §12.4.2).
std::optional<int> weight_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) return std::nullopt;
  int weight = (text[0] - '0') * kWhole;
  for (std::size_t i = 2, step = 100; i < text.size(); ++i, step /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * static_cast<int>(step);
  }
  return weight <= kWhole ? std::optional(weight) : std::nullopt;
}

struct Wish {
  std::string_view coding;
  int weight = kWhole;
};

std::optional<Wish> wish_of(std::string_view element) {
  const auto semicolon = element.find(';');
  Wish wish{.coding = text::trim(element.substr(0, semicolon), " \t")};
  if (wish.coding.empty()) return std::nullopt;
  if (semicolon == element.npos) return wish;
  const auto parameter = text::trim(element.substr(semicolon + 1), " \t");
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return std::nullopt;
  const auto weight = weight_of(parameter.substr(2));
  if (!weight) return std::nullopt;
  wish.weight = *weight;
  return wish;
}

std::vector<Wish> wishes_of(const net::Headers& asked) {
  std::vector<Wish> wishes;
  for (const auto list : asked.all("Accept-Encoding"))
    for (const auto element : text::split(list, ','))
      if (const auto wish = wish_of(element)) wishes.push_back(*wish);
  return wishes;
}

std::optional<int> named(std::span<const Wish> wishes, std::string_view coding) {
  for (const auto& wish : wishes)
    if (net::iequals(wish.coding, coding) || (coding == "gzip" && net::iequals(wish.coding, "x-gzip"))) return wish.weight;
  return std::nullopt;
}

class Deflater {
 public:
  explicit Deflater(std::string& out) : out_(out) {
    check(deflateInit2(&stream_, kLevel, Z_DEFLATED, kRaw, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib has no memory");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void write(std::string_view text, int flush) {
    // zlib counts in 32 bits; a body is far below that.
    check(text.size() <= std::numeric_limits<uInt>::max(), "a text is too long for gzip");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      const std::size_t at = out_.size();
      out_.resize(at + kPiece);
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data() + at);
      stream_.avail_out = static_cast<uInt>(kPiece);
      deflate(&stream_, flush);
      out_.resize(out_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  // Between full flushes, which end at a byte and forget all that was before: blocks of our own fit there.
  void store(std::string_view text) {
    for (; !text.empty(); text.remove_prefix(std::min(kStored, text.size()))) {
      const auto piece = text.substr(0, kStored);
      const auto size = static_cast<std::uint16_t>(piece.size()), inverse = static_cast<std::uint16_t>(~size);
      for (const int byte : {0, size & 0xff, size >> 8, inverse & 0xff, inverse >> 8}) out_.push_back(static_cast<char>(byte));
      out_.append(piece);
    }
  }

 private:
  std::string& out_;
  z_stream stream_{};
};

void append_number(std::string& out, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((number >> shift) & 0xff));
}

}  // namespace

std::string_view name_of(Coding coding) { return coding == Coding::gzip ? "gzip" : coding == Coding::brotli ? "br" : ""; }

Coding choose_coding(const net::Headers& asked, std::span<const Coding> ours) {
  const auto wishes = wishes_of(asked);
  const auto any = named(wishes, "*");
  Coding best = Coding::plain;
  int most = 0;
  for (const auto coding : ours) {
    const int weight = named(wishes, name_of(coding)).value_or(any.value_or(0));
    if (weight > most) {
      best = coding;
      most = weight;
    }
  }
  return named(wishes, "identity").value_or(0) > most ? Coding::plain : best;
}

std::string gzip(std::string_view text, std::span<const std::string_view> apart) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);  // no name, no time: the same text gives the same bytes
  out.reserve(out.size() + text.size() / 4);
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
  const auto size = static_cast<std::uint32_t>(text.size());
  Deflater deflater(out);
  for (const auto piece : apart) {
    const auto before = static_cast<std::size_t>(piece.data() - text.data());
    deflater.write(text.substr(0, before), Z_FULL_FLUSH);
    deflater.store(piece);
    text.remove_prefix(before + piece.size());
  }
  deflater.write(text, Z_FINISH);
  append_number(out, static_cast<std::uint32_t>(sum));
  append_number(out, size);
  return out;
}

Result<std::string> gunzip(std::string_view packed) {
  z_stream stream{};
  check(inflateInit2(&stream, kGzip) == Z_OK, "zlib has no memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t at = out.size();
    out.resize(at + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + at);
    stream.avail_out = static_cast<uInt>(kPiece);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole) return fail_internal("what should be gzip is none");
  return out;
}

}  // namespace slipway::http
