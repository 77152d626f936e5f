#include "provisioner/engine.hpp"

#include "aio/task.hpp"

#include <zlib.h>

namespace slipway::provisioner {
namespace {

// A plain state starts with `{`, so the two are never mixed up.
constexpr std::string_view kPacked = "\x01slipway-z1";

}  // namespace

Task<Result<Engine::Apart>> Engine::isolation() { co_return Apart{.how = "nothing of a template is run"}; }

Task<std::optional<Failure>> Sink::planned(const Outcome&) { co_return std::nullopt; }

Task<Finished> Engine::salvage(const JobId&) { co_return Finished{.outcome = {}, .failure = interrupted_failure()}; }

Failure interrupted_failure() {
  return {"The provisioner was restarted while it ran this job. What had been made until then is in the workspace's state; start the build again.",
          "", false};
}

std::string pack(std::string_view plain) {
  if (plain.empty()) return {};
  auto size = ::compressBound(static_cast<uLong>(plain.size()));
  std::string out(kPacked);
  out.resize(kPacked.size() + size);
  auto* into = reinterpret_cast<Bytef*>(out.data() + kPacked.size());
  const int done = ::compress2(into, &size, reinterpret_cast<const Bytef*>(plain.data()), static_cast<uLong>(plain.size()), Z_DEFAULT_COMPRESSION);
  if (done != Z_OK) return std::string(plain);
  out.resize(kPacked.size() + size);
  return out;
}

Result<std::string> unpack(std::string_view packed, std::size_t most) {
  if (!packed.starts_with(kPacked)) {
    if (packed.size() > most) return fail(Code::too_large, "The state is too large.");
    return std::string(packed);
  }
  packed.remove_prefix(kPacked.size());
  ::z_stream stream{};
  if (::inflateInit(&stream) != Z_OK) return fail_internal("inflateInit failed");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::vector<char> buffer(64 << 10);
  int status = Z_OK;
  while (status == Z_OK && out.size() <= most) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (out.size() > most) return fail(Code::too_large, "The state is too large.");
  if (status != Z_STREAM_END) return fail(Code::invalid, "The stored state is damaged.");
  return out;
}

}  // namespace slipway::provisioner
