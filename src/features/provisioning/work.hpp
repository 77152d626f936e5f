// A daemon's work on the queue, whoever the daemon is: the built-in ones call it in process, those of their own processes over
// HTTP. Nothing is remembered between calls, so any replica takes any of them. Only this feature includes it.
#pragma once

#include "features/provisioning/gather.hpp"
#include "http/home.hpp"

namespace slipway::provisioning {

// The oldest job that this daemon's row lets it take, ready to run; a job that cannot be prepared is failed, and then there is
// nothing. `request` names the asking: asked again with it, the answer is the same job. `holder` names the folder in which it will be
// worked on.
Task<Result<std::optional<provisioner::JobInput>>> take(http::Home& home, const SourceOptions& options, DaemonId worker, std::optional<Uuid> request,
                                                        std::optional<Uuid> holder);

// The provisioner of this folder has started: what its daemons had taken goes back to the queue, but for the jobs that it `held`.
Task<Result<void>> begin(http::Home& home, Uuid holder, ProvisionerKeyId key, std::vector<Uuid> held);

Task<Result<provisioner::Orders>> keep_lease(http::Home& home, JobId job, DaemonId worker);

Task<Result<void>> add_logs(http::Home& home, JobId job, std::vector<provisioner::LogLine> batch);

// Ends the job, keeps what it brought, and counts it; called again, it changes nothing. A build's state is kept in any case, before the
// rest and, where it is the newer one, also when the job has ended or is no longer this worker's: then nothing else is. A result that
// breaks a rule ends the job as failed, with a sentence. Errors: not_found; else try again.
Task<Result<void>> end(http::Home& home, const SourceOptions& options, JobId job, DaemonId worker, provisioner::Outcome outcome,
                       std::optional<provisioner::Failure> failure);

// Back to the queue: nothing of it has run.
Task<Result<void>> release(http::Home& home, JobId job, DaemonId worker);

}  // namespace slipway::provisioning
