// Whole files as answers: conditions and ranges as RFC 9110 says (13.1.2, 14), the bytes written in pieces from the one copy that
// all callers share.
#pragma once

#include "http/call.hpp"
#include "http/reply.hpp"

#include <mutex>
#include <optional>
#include <unordered_map>

namespace slipway::deployment {

// A part of a file, its end not included.
struct Slice {
  std::size_t begin = 0, end = 0;
  bool operator==(const Slice&) const = default;
};
// What a Range asks for: the one slice, nothing when it is none of ours to answer (several, other units, malformed), or an empty
// slice when no byte of it exists.
std::optional<Slice> slice_of(std::string_view range, std::size_t size);

// Answers GET or HEAD with `bytes`, which live until the answer is out, or 304, 206 or 416. `headers` are the file's own; with an
// ETag among them conditions hold.
Task<Result<http::Handled>> send_file(http::Call& call, net::Headers headers, std::string_view bytes, int status = 200);

// How many downloads run at once, of all and of one address, an IPv6 network being one. Any loop.
class Downloads {
 public:
  class Place {
   public:
    Place(Downloads& of, std::string network) : of_(of), network_(std::move(network)) {}
    ~Place() { of_.leave(network_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Downloads& of_;
    std::string network_;
  };

  Downloads(std::size_t most, std::size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}
  // Null: too many. The place is left when it goes.
  std::unique_ptr<Place> enter(const std::string& address);

 private:
  void leave(const std::string& network);

  std::size_t most_, most_of_one_, all_ = 0;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace slipway::deployment
