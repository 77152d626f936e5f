// The folder of a provisioner, as one that outlives its processes: whose it is, who holds it now, and the results that nobody has
// taken yet. Below it, `unsent/<job>` has one result: terraform.tfstate, readable by a person, and result.json, the rest.
// All functions block: call them through aio::blocking. home: any thread.
#pragma once

#include "base/result.hpp"
#include "provisioner/job.hpp"

#include <string>
#include <vector>

namespace slipway::provisioner {

class Holdings {
 public:
  // Makes the folder and holds it until this goes or the process ends. Errors: conflict when another process holds it; internal.
  static Result<std::unique_ptr<Holdings>> open(const std::string& folder);
  ~Holdings();
  Holdings(const Holdings&) = delete;
  Holdings& operator=(const Holdings&) = delete;

  // Names the folder; the same at every start.
  const Uuid& id() const { return id_; }
  // Where the result of a job is, or would be.
  std::string place(const JobId& job) const;

  Result<void> put(const JobId& job, const Finished& done) const;
  std::vector<JobId> waiting() const;
  // What put() was given. A result that cannot be read any more is a failure that says so, with its state if that can.
  Finished read(const JobId& job) const;
  void drop(const JobId& job) const;

 private:
  Holdings(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  Result<void> identify();

  std::string folder_;
  int lock_ = -1;
  Uuid id_;
};

}  // namespace slipway::provisioner
