#include "provisioner/holdings.hpp"

#include "base/private_file.hpp"
#include "provisioner/engine.hpp"
#include "provisioner/terraform_work.hpp"
#include "provisioner/wire.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFile = 512 << 20;

std::unexpected<Error> failed(std::string_view act, const std::string& path) {
  return fail_internal(fmt::format("{} {}: {}", act, path, std::strerror(errno)));
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail_internal(fmt::format("mkdir {}: {}", path, error.message()));
  return {};
}

}  // namespace

Result<std::unique_ptr<Holdings>> Holdings::open(const std::string& folder) {
  TRY_OK(make_folder(folder));
  const auto file = folder + "/lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return failed("open", file);
  std::unique_ptr<Holdings> out(new Holdings(folder, lock));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
    return fail(Code::conflict, fmt::format("Another provisioner works in {}.", folder), "Stop it, or give this one a folder or a name of its own.");
  TRY_OK(out->identify());
  return out;
}

Result<void> Holdings::identify() {
  const auto file = folder_ + "/id";
  if (const auto known = Uuid::parse(read_whole(file, 64))) {
    id_ = *known;
    return {};
  }
  id_ = Uuid::random();
  return write_private(file, id_.str());
}

Holdings::~Holdings() {
  if (lock_ >= 0) ::close(lock_);
}

std::string Holdings::place(const JobId& job) const { return fmt::format("{}/unsent/{}", folder_, job.str()); }

Result<void> Holdings::put(const JobId& job, const Finished& done) const {
  const auto last = place(job), fresh = last + ".new";
  std::error_code error;
  fs::remove_all(fresh, error);
  TRY_OK(make_folder(fresh));
  fs::permissions(fs::path(fresh).parent_path(), fs::perms::owner_all, error);
  TRY(state, unpack(done.outcome.state));
  if (!state.empty()) TRY_OK(write_private(fresh + "/terraform.tfstate", state));
  wire::End end{.outcome = done.outcome, .failure = done.failure};
  end.outcome.state.clear();
  TRY_OK(write_private(fresh + "/result.json", wire::encode(end)));
  fs::remove_all(last, error);
  fs::rename(fresh, last, error);
  if (error) return fail_internal(fmt::format("rename {}: {}", fresh, error.message()));
  return {};
}

std::vector<JobId> Holdings::waiting() const {
  std::vector<JobId> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_ + "/unsent", error))
    if (const auto job = JobId::parse(entry.path().filename().string())) out.push_back(*job);
  std::ranges::sort(out);
  return out;
}

Finished Holdings::read(const JobId& job) const {
  Finished out;
  if (auto end = wire::decode<wire::End>(read_whole(place(job) + "/result.json", kMostFile))) {
    out.outcome = std::move(end->outcome);
    out.failure = std::move(end->failure);
  } else {
    out.failure = Failure{"The job's result was damaged while it waited for the server: " + end.error().say, "", false};
  }
  out.outcome.state = pack(read_whole(place(job) + "/terraform.tfstate", kMostFile));
  return out;
}

void Holdings::drop(const JobId& job) const {
  std::error_code ignored;
  fs::remove_all(place(job), ignored);
}

}  // namespace slipway::provisioner
