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
}

namespace slipway::templates {

// Errors: not_found when it is not there or not readable.
Task<Result<sql::Template>> find_template(http::Call& call, TemplateId id);
Task<Result<sql::Version>> find_version(http::Call& call, TemplateVersionId id);

api::Template to_wire(const sql::Template& row);
api::TemplateVersionParameter to_wire(const sql::Parameter& row);
Task<Result<api::TemplateVersion>> to_wire(http::Call& call, const sql::Version& row);

// Writes what an import found. In the transaction that completes its job.
Task<Result<void>> store_import(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, TemplateVersionId version, const provisioner::Outcome& outcome,
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
void add_dry_run_routes(http::Routes& routes);

}  // namespace slipway::templates
