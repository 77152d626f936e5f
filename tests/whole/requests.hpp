// Requests for every route of the running server: what the braces of a pattern stand for, what is sent along, and who looks at whose.
#pragma once

#include "whole/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::test {

// Whose things a request is about: the actor's own, another member's of the default organization, somebody's elsewhere; for what
// belongs to an organization "here" and "there"; "-" where the path names nothing.
std::vector<std::string> situations(const std::string& pattern);

struct Ask {
  std::string method, path, body;
  std::vector<std::pair<std::string, std::string>> headers;
};

class Requests {
 public:
  explicit Requests(const World& world);

  // Nothing, and a failure that says what to add, when a brace of the pattern stands for nothing known.
  std::optional<Ask> make(const std::string& method, const std::string& pattern, const Actor& actor, const std::string& situation) const;
  // About the belongings of `whose` and what `shared` has.
  std::optional<Ask> make(const std::string& method, const std::string& pattern, const Person& whose, const Shared& shared) const;
  bool has_body(const std::string& method, const std::string& pattern) const { return lines_.contains(method + " " + pattern); }

 private:
  struct Line {
    std::string query, body;
  };
  std::map<std::string, std::string> words(const Person& whose, const Shared& shared) const;

  const World& world_;
  std::map<std::string, Line> lines_;
};

// The status of one exchange, and the start of its body. Answers that go on, and WebSockets, are cut off after their head.
struct Reply {
  int status = 0;
  std::string body;
};
Reply exchange(TestServer& server, const Ask& ask, const std::string& token);

}  // namespace slipway::test
