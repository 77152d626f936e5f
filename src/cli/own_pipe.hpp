// stdin or stdout for Asio. home: own thread.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "aio/task.hpp"

namespace slipway::cli {

// The flags of the open file are shared with whoever gave it to us: put back at the end.
class OwnPipe {
 public:
  OwnPipe(const aio::Executor& home, int fd) : fd_(fd), flags_(fcntl(fd, F_GETFL)), stream_(home, dup(fd)) {}
  ~OwnPipe() {
    boost::system::error_code ignored;
    stream_.close(ignored);
    fcntl(fd_, F_SETFL, flags_);
  }
  OwnPipe(const OwnPipe&) = delete;
  OwnPipe& operator=(const OwnPipe&) = delete;
  asio::posix::stream_descriptor& stream() { return stream_; }

 private:
  int fd_, flags_;
  asio::posix::stream_descriptor stream_;
};

}  // namespace slipway::cli
