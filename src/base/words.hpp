// What a span of time is called among people.
#pragma once

#include "base/clock.hpp"

#include <string>

namespace slipway {

// "45 minutes", "24 hours", "7 days": rounded to what one would say. From half a minute on; less is "less than a minute".
std::string in_words(Microseconds span);

}  // namespace slipway
