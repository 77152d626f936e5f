// publickey: the key by which workspaces of somebody reach their repositories.
#include "api/gen/users.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct Options {
  bool reset = false, yes = false;
};

constexpr const char* kPath = "/api/v2/users/me/gitsshkey";

Result<int> public_key(Session& session, const Options& options) {
  if (options.reset)
    TRY_OK(agreed(options.yes, "Make a new key? Wherever the present one was added, the new one must be.", "The key is still the same."));
  TRY(body, session.call(options.reset ? "PUT" : "GET", kPath, {}));
  TRY(key, api::from_json<api::GitSSHKey>(body));
  tell("This is your public key for Git over SSH. Add it where your repositories are:\n\n");
  print("{}\n", key.public_key);
  return 0;
}

}  // namespace

void add_public_key(Command root) {
  auto options = std::make_shared<Options>();
  auto command =
      root.sub("publickey", "Print the public key by which your workspaces reach repositories", "slipway publickey\nslipway publickey --reset");
  command.alias("pubkey");
  command.flag("--reset", options->reset, "Make a new one first");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.run([options](Session& session) { return public_key(session, *options); });
}

}  // namespace slipway::cli
