// Templates and their versions. Workspaces calls find_template, find_version and the parameters of a version.
#pragma once

#include "api/gen/templates.hpp"
#include "api/gen/versions.hpp"
#include "base/assets.hpp"
#include "features/templates/objects.hpp"
#include "http/call.hpp"
#include "provisioner/job.hpp"

namespace slipway::http {
class Authenticator;
class Routes;
}  // namespace slipway::http

namespace slipway::templates {

// LISTEN channel: something may have to be done to a workspace sooner than the scheduler thinks. No payload.
inline constexpr std::string_view kSchedules = "schedules";

// Errors: not_found when it is not there or not readable.
Task<Result<sql::Template>> find_template(http::Call& call, TemplateId id);
Task<Result<sql::Version>> find_version(http::Call& call, TemplateVersionId id);

// What an import found is asked for once it has ended. Errors: precondition while it has not.
Task<Result<store::Judged<rbac::Action::read, rbac::Resource::template_>>> after_import(http::Call& call, const sql::Version& row);

// Templates as answers show them, with the statistics of all in one statement.
Task<Result<std::vector<api::Template>>> to_wire(http::Call& call, const std::vector<sql::Template>& rows);
Task<Result<api::Template>> to_wire(http::Call& call, const sql::Template& row);
// A template without its statistics: what settings are compared by.
api::Template bare(const sql::Template& row);
// Names of weekdays to bits and back, Monday being bit 0. Errors: 400 for what is none, with a validation of `field`.
std::vector<std::string> weekdays(unsigned bits);
Result<unsigned> weekday_bits(const std::vector<std::string>& names, const std::string& field);
api::TemplateVersionParameter to_wire(const sql::Parameter& row);
// Of one template; as many statements as for one.
Task<Result<std::vector<api::TemplateVersion>>> to_wire(http::Call& call, const std::vector<sql::Version>& rows);
Task<Result<api::TemplateVersion>> to_wire(http::Call& call, const sql::Version& row);

// Writes what an import found. In the transaction that completes its job.
Task<Result<void>> store_import(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, TemplateVersionId version, const provisioner::Outcome& outcome,
                                const std::vector<api::VariableValue>& given);

// Of an import that failed: the variables that it found, so that the missing ones can be asked for.
Task<Result<void>> store_variables(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, TemplateVersionId version, const provisioner::Outcome& outcome,
                                   const std::vector<api::VariableValue>& given);

// The starter templates that were built into the server: one folder each.
class Examples {
 public:
  explicit Examples(Assets assets);
  const std::vector<api::TemplateExample>& all() const { return all_; }
  // The folder as a tar archive; nothing when there is no such example.
  std::optional<std::string> archive(std::string_view id) const;

 private:
  Assets assets_;
  std::vector<api::TemplateExample> all_;
};

void add_routes(http::Routes& routes, const Examples& examples);
void add_version_routes(http::Routes& routes, const Examples& examples, http::Authenticator& authenticator);
void add_acl_routes(http::Routes& routes);
void add_dry_run_routes(http::Routes& routes, http::Authenticator& authenticator);

}  // namespace slipway::templates
