#include "provisioner/careful_source.hpp"

#include "aio/task.hpp"

namespace slipway::provisioner {
namespace {

template <class T>
Task<Result<T>> careful(Task<Result<T>> call) {
  try {
    co_return co_await std::move(call);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;  // the caller itself is being cancelled
    co_return fail_internal(error.what());
  } catch (const std::exception& error) {
    co_return fail_internal(error.what());
  }
}

}  // namespace

Task<Result<std::optional<JobInput>>> CarefulSource::acquire(const std::string& daemon, Milliseconds patience) {
  co_return co_await careful(inner_.acquire(daemon, patience));
}

Task<Result<Orders>> CarefulSource::heartbeat(const JobId& job, Milliseconds patience) {
  co_return co_await careful(inner_.heartbeat(job, patience));
}

Task<Result<void>> CarefulSource::logs(const JobId& job, std::vector<LogLine> batch) {
  co_return co_await careful(inner_.logs(job, std::move(batch)));
}

Task<Result<Verdict>> CarefulSource::commit_quota(const JobId& job, std::int64_t daily_cost) {
  co_return co_await careful(inner_.commit_quota(job, daily_cost));
}

Task<Result<void>> CarefulSource::complete(const JobId& job, Outcome outcome) {
  co_return co_await careful(inner_.complete(job, std::move(outcome)));
}

Task<Result<void>> CarefulSource::fail(const JobId& job, Failure failure, Outcome partial) {
  co_return co_await careful(inner_.fail(job, std::move(failure), std::move(partial)));
}

Task<Result<void>> CarefulSource::release(const JobId& job) { co_return co_await careful(inner_.release(job)); }

Task<Result<void>> CarefulSource::begin(std::vector<JobId> held) { co_return co_await careful(inner_.begin(std::move(held))); }

}  // namespace slipway::provisioner
