// What proofs are measured by: what an operator sets, and the certificates that the program brings along.
#pragma once

#include "base/assets.hpp"
#include "identity/aws.hpp"
#include "identity/azure.hpp"
#include "identity/google.hpp"
#include "identity/options.hpp"

#include <set>

namespace slipway::assets {

Assets trust();  // assets/identity/{aws,aws/rsa2048,azure,azure/roots}/*.pem

}  // namespace slipway::assets

namespace slipway::identity {

// Immutable once loaded.
struct Anchors {
  std::set<Provider> enabled;
  bool offline = false;
  AwsPins aws;
  AzureTrust azure;
  std::string google_url;                 // empty: the keys are those of a file
  std::optional<GoogleKeys> google_keys;  // of a file
  GoogleRules google;
};

// Reads files, system roots included: blocks. Errors: Code::invalid with a sentence that names the setting and the file.
Result<Anchors> load_anchors(const Options& options);

// For a folder of captured certificates and keys: aws/*.pem or <region>.pem, azure-roots.pem, azure-intermediates.pem, google.json;
// what is not there stays as `options` has it.
Options with_folder(Options options, const std::string& folder);

}  // namespace slipway::identity
