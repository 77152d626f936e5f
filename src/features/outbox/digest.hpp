// What waited for one person, as one mail. Pure.
#pragma once

#include "features/outbox/compose.hpp"

#include <vector>

namespace slipway::outbox {

// Letters that leave by one mail: one by itself, or all that its person was to get later; each stays in its place.
std::vector<std::vector<const Letter*>> by_mail(const std::vector<const Letter*>& letters);

struct Told {
  const Letter* letter;
  notifications::Message message;
};

// How many there are, and of each its title and its first action, by the groups of their kinds. Of one it is that one itself. Errors: the person has
// no address that mail can be sent to.
Result<net::Mail> digest_of(const std::vector<Told>& told, const std::string& base_url);

}  // namespace slipway::outbox
