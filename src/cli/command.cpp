#include "cli/command.hpp"

#include "cli/session.hpp"
#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

namespace slipway::cli {

struct Program::State {
  CLI::App app{"Slipway: development workspaces from templates.", "slipway"};
  Globals globals;
  Action chosen;
  std::vector<std::pair<CLI::App*, std::vector<std::string>*>> rests;
};

Command Command::sub(const std::string& name, const std::string& what, const std::string& examples) {
  auto* made = app_.add_subcommand(name, what);
  made->fallthrough();
  made->footer("");  // or it would repeat its parent's
  if (!examples.empty()) {
    std::string footer = "Examples:";
    for (std::size_t from = 0; from < examples.size();) {
      const auto end = std::min(examples.find('\n', from), examples.size());
      footer += "\n  " + examples.substr(from, end - from);
      from = end + 1;
    }
    made->footer(footer);
  }
  return {program_, *made};
}

Command& Command::alias(const std::string& name) {
  app_.alias(name);
  return *this;
}

void Command::argument(const std::string& name, std::string& into, const std::string& what) {
  app_.add_option(name, into, what)->required()->type_name("");
}
void Command::optional_argument(const std::string& name, std::string& into, const std::string& what) {
  app_.add_option(name, into, what)->type_name("");
}
void Command::arguments(const std::string& name, std::vector<std::string>& into, const std::string& what) {
  app_.add_option(name, into, what)->required()->type_name("");
}
void Command::option(const std::string& names, std::string& into, const std::string& what) {
  auto* option = app_.add_option(names, into, what)->type_name("TEXT");
  if (!into.empty()) option->capture_default_str();
}
void Command::option(const std::string& names, std::optional<std::string>& into, const std::string& what) {
  app_.add_option(names, into, what)->type_name("TEXT");
}
void Command::option(const std::string& names, std::vector<std::string>& into, const std::string& what) {
  app_.add_option(names, into, what)->type_name("TEXT")->allow_extra_args(false);
}
void Command::option(const std::string& names, std::int64_t& into, const std::string& what) {
  app_.add_option(names, into, what)->type_name("NUMBER")->capture_default_str();
}
void Command::flag(const std::string& names, bool& into, const std::string& what) { app_.add_flag(names, into, what); }

void Command::rest(std::vector<std::string>& into) {
  app_.prefix_command();
  program_.state_->rests.emplace_back(&app_, &into);
}

void Command::run(Action action) {
  app_.callback([state = program_.state_.get(), action = std::move(action)] { state->chosen = action; });
}

Program::Program() : state_(std::make_unique<State>()) {
  auto& app = state_->app;
  app.get_formatter()->column_width(38);
  app.add_option("--url", state_->globals.url, "Address of the server (SLIPWAY_URL, CODER_URL)")->type_name("TEXT");
  app.add_option("--token", state_->globals.token, "Session token (SLIPWAY_SESSION_TOKEN, CODER_SESSION_TOKEN)")->type_name("TEXT");
  app.add_option("--config-dir", state_->globals.config_dir, "Where address and token are kept (SLIPWAY_CONFIG_DIR)")->type_name("FOLDER");
  app.footer("Start with: slipway login https://your.server\nEach command explains itself: slipway <command> --help");
}

Program::~Program() = default;

Command Program::root() { return {*this, state_->app}; }

namespace {

const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() ? full_name(*app.get_parent()) + ' ' + app.get_name() : app.get_name();
}

std::string help_of(const CLI::App& app) { return app.help(app.get_parent() ? full_name(*app.get_parent()) : "", CLI::AppFormatMode::Normal); }

std::vector<const CLI::App*> children(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* sub) { return !sub->get_name().empty() && !sub->get_group().empty(); });
}

void append_help(std::string& out, const CLI::App& app) {
  out += "$ " + full_name(app) + " --help\n" + help_of(app) + "\n";
  for (const auto* sub : children(app)) append_help(out, *sub);
}

std::string advice_for(const Error& error) {
  switch (error.code) {
    case Code::unauthenticated: return "Log in with: slipway login <address of the server>";
    case Code::bad_gateway:
    case Code::timed_out: return "Check that the server runs and can be reached from here, then try again.";
    case Code::too_many: return "Wait a moment, then try again.";
    case Code::internal: return "The server's log holds the reason.";
    default: return {};
  }
}

}  // namespace

std::string describe(const Error& error) {
  std::string out = on_stderr(Colour::red, "error:") + ' ' + harmless(error.say) + '\n';
  if (!error.detail.empty()) out += "  " + harmless(error.detail) + '\n';
  for (const auto& fault : error.fields) out += fmt::format("  {}: {}\n", harmless(fault.field), harmless(fault.detail));
  if (const auto advice = advice_for(error); !advice.empty() && error.detail.find(advice) == std::string::npos)
    out += "  " + on_stderr(Colour::dim, advice) + '\n';
  return out;
}

int Program::main(const std::vector<std::string>& arguments) {
  auto& state = *state_;
  try {
    auto reversed = arguments;
    std::ranges::reverse(reversed);
    state.app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", help_of(deepest(state.app)));
    return 0;
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "{} {}\n  See: {} --help\n", on_stderr(Colour::red, "error:"), harmless(wrong.what()),
               full_name(deepest(state.app)));
    return 2;
  }
  for (const auto& [app, into] : state.rests)
    if (app->parsed()) *into = app->remaining();
  if (!state.chosen) {
    const auto& at = deepest(state.app);
    fmt::print(at.get_parent() ? stderr : stdout, "{}", help_of(at));
    return at.get_parent() ? 2 : 0;
  }
  Session session(state.globals);
  const auto outcome = state.chosen(session);
  std::fflush(stdout);
  if (outcome) return *outcome;
  fmt::print(stderr, "{}", describe(outcome.error()));
  return outcome.error().code == Code::cancelled ? 130 : 1;
}

std::string Program::all_help() const {
  std::string out;
  append_help(out, state_->app);
  return out;
}

std::vector<std::string> Program::complete(const std::vector<std::string>& words) const {
  const CLI::App* at = &state_->app;
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    for (const auto* sub : at->get_subcommands({}))
      if (sub->check_name(words[i])) {
        at = sub;
        break;
      }
  const std::string start = words.empty() ? "" : words.back();
  std::vector<std::string> out;
  const auto offer = [&](const std::string& word) {
    if (word.starts_with(start)) out.push_back(word);
  };
  if (!start.starts_with('-'))
    for (const auto* sub : children(*at)) offer(sub->get_name());
  if (start.starts_with('-'))
    for (const CLI::App* app = at; app; app = app->get_parent())
      for (const auto* option : app->get_options())
        for (const auto& name : option->get_lnames()) offer("--" + name);
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace slipway::cli
