#include "base/descriptor.hpp"

#include <unistd.h>

#include <cerrno>

namespace slipway {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Descriptor::reset() {
  if (fd_ < 0) return;
  const int before = errno;
  ::close(release());
  errno = before;
}

}  // namespace slipway
