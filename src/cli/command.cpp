#include "cli/command.hpp"

#include <CLI/CLI.hpp>

#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"

namespace slipway::cli {

struct Program::State {
  explicit State(const Face& face) : app{"Slipway: development workspaces from templates.", std::string(face.program)} { globals.face = face; }

  CLI::App app;
  Globals globals;
  std::vector<std::string> swallowed;  // what options without an effect are bound to
  Action chosen;
  std::vector<std::pair<CLI::App*, std::vector<std::string>*>> rests;
};

Command Command::sub(const std::string& name, const std::string& what, const std::string& examples) {
  auto* made = app_.add_subcommand(name, what);
  made->fallthrough();
  made->require_subcommand(0, 1);  // else a workspace named like a command would be taken for it
  made->footer("");                // or it would repeat its parent's
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
void Command::hidden(const std::string& names, std::string& into) { app_.add_option(names, into, "")->type_name("TEXT")->group(""); }
void Command::hidden(const std::string& names, bool& into) { app_.add_flag(names, into, "")->group(""); }
const Face& Command::face() const { return program_.face(); }

void Command::rest(std::vector<std::string>& into) {
  app_.prefix_command();
  app_.fallthrough(false);
  program_.state_->rests.emplace_back(&app_, &into);
}

void Command::run(Action action) {
  // A command that has others below it is asked after them.
  app_.callback([state = program_.state_.get(), app = &app_, action = std::move(action)] {
    if (app->get_subcommands().empty()) state->chosen = action;
  });
}

// What the existing command line has for every command. What has no meaning here is taken and has no effect.
void Program::add_globals_of_coder() {
  auto& app = state_->app;
  auto& globals = state_->globals;
  app.add_option("--url", globals.url, "Address of the server (CODER_URL)")->type_name("TEXT");
  app.add_option("--token", globals.token, "Session token (CODER_SESSION_TOKEN)")->type_name("TEXT");
  app.add_option("--global-config", globals.config_dir, "Where address and token are kept (CODER_CONFIG_DIR)")->type_name("FOLDER");
  app.add_option("--header", globals.headers, "Send this header, as name=value; repeatable (CODER_HEADER)")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->envname("CODER_HEADER");
  app.add_option("--header-command", globals.header_command, "Run this for headers, a line each (CODER_HEADER_COMMAND)")
      ->type_name("TEXT")
      ->envname("CODER_HEADER_COMMAND");
  app.add_flag("-v,--verbose", globals.verbose, "Say more");
  for (const char* name : {"--no-version-warning", "--no-feature-warning", "--force-tty", "--disable-direct-connections",
                           "--disable-network-telemetry", "--use-keyring", "--no-open", "--debug-http"})
    app.add_flag(std::string(name))->group("");
  app.add_option("--debug-options", state_->swallowed, "")->allow_extra_args(false)->group("");
  const auto file = [&](const char* flag, std::string& into, const char* what, const char* variable) {
    app.add_option(flag, into, fmt::format("{} ({})", what, variable))->type_name("FILE")->envname(variable);
  };
  file("--client-tls-ca-file", globals.tls_ca, "Trust the authorities of this file", "CODER_CLIENT_TLS_CA_FILE");
  file("--client-tls-cert-file", globals.tls_certificate, "Show this certificate to who asks for one", "CODER_CLIENT_TLS_CERT_FILE");
  file("--client-tls-key-file", globals.tls_key, "The key of that", "CODER_CLIENT_TLS_KEY_FILE");
  app.footer("This is Slipway's server under the names that existing plugins and scripts know. Its own command line: slipway");
}

Program::Program(const Face& face) : state_(std::make_unique<State>(face)) {
  auto& app = state_->app;
  app.get_formatter()->column_width(38);
  app.require_subcommand(0, 1);
  if (face.coder) {
    add_globals_of_coder();
    return;
  }
  app.add_option("--url", state_->globals.url, "Address of the server (SLIPWAY_URL, CODER_URL)")->type_name("TEXT");
  app.add_option("--token", state_->globals.token, "Session token (SLIPWAY_SESSION_TOKEN, CODER_SESSION_TOKEN)")->type_name("TEXT");
  app.add_option("--config-dir", state_->globals.config_dir, "Where address and token are kept (SLIPWAY_CONFIG_DIR)")->type_name("FOLDER");
  app.footer(
      "Start with: slipway login https://your.server\nEach command explains itself: slipway <command> --help\n"
      "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR are heeded. What fails to connect: slipway netcheck");
}

Program::~Program() = default;

const Face& Program::face() const { return state_->globals.face; }

Command Program::root() { return {*this, state_->app}; }

namespace {

const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

std::string full_name(const CLI::App& app) { return app.get_parent() ? full_name(*app.get_parent()) + ' ' + app.get_name() : app.get_name(); }

std::string help_of(const CLI::App& app) { return app.help(app.get_parent() ? full_name(*app.get_parent()) : "", CLI::AppFormatMode::Normal); }

std::vector<const CLI::App*> children(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* sub) { return !sub->get_name().empty() && !sub->get_group().empty(); });
}

void append_help(std::string& out, const CLI::App& app) {
  out += "$ " + full_name(app) + " --help\n" + help_of(app) + "\n";
  for (const auto* sub : children(app)) append_help(out, *sub);
}

// CLI11 takes a "--" behind the last argument for the end of the command. For a command whose rest belongs to another
// program it only says "from here on", and only there: in `ssh dev git log -- file` it is the other program's.
void drop_end_of_flags(std::vector<std::string>& words, CLI::App& app) {
  auto at = std::ranges::find(words, app.get_name());
  std::size_t arguments = 0;
  for (at = at == words.end() ? at : at + 1; at != words.end() && arguments <= 1; ++at) {
    if (*at == "--") {
      if (arguments == 1) words.erase(at);
      return;
    }
    const auto* option = at->starts_with('-') ? app.get_option_no_throw(*at) : nullptr;
    if (option && option->get_items_expected_max() > 0 && at + 1 != words.end())
      ++at;
    else if (!at->starts_with('-'))
      ++arguments;
  }
}

// The option that `word` names at this command or above it.
const CLI::Option* option_of(const CLI::App& app, std::string_view word) {
  const std::string name(word.substr(0, word.find('=')));
  for (const auto* at = &app; at; at = at->get_parent())
    if (const auto* found = at->get_option_no_throw(name)) return found;
  return nullptr;
}

const CLI::App* command_of(const CLI::App& app, const std::string& word) {
  for (const auto* sub : app.get_subcommands({}))
    if (sub->check_name(word)) return sub;
  return nullptr;
}

bool takes_arguments(const CLI::App& app) {
  return !app.get_options([](const CLI::Option* option) { return option->get_positional(); }).empty();
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* at = &app; at; at = at->get_parent())
    for (const auto* option : at->get_options())
      for (const auto& name : option->get_lnames()) out.push_back("--" + name);
  return out;
}

// The first word that is no command or flag of ours, said so that it can be put right. CLI11 would name words in another
// order, look for commands behind one that is not there, and print the help above it.
std::optional<std::string> unknown_word(const CLI::App& root, const std::vector<std::string>& words, const Face& face) {
  const auto meant = [](std::string_view word, const std::vector<std::string>& known) {
    const auto near = nearest(word, known);
    return near.empty() ? std::string() : fmt::format(" Did you mean: {}?", fmt::join(near, ", "));
  };
  const CLI::App* at = &root;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--" || at->get_prefix_command()) return std::nullopt;
    if (word.starts_with("--")) {
      const auto* option = option_of(*at, word);
      if (!option && face.coder) return fmt::format("unknown flag: {}", word.substr(0, word.find('=')));
      if (!option) return fmt::format("{} has no flag {}.{}", full_name(*at), word.substr(0, word.find('=')), meant(word, flags_of(*at)));
      if (takes_value(*option) && word.find('=') == std::string::npos) ++i;
    } else if (word.starts_with('-') && word.size() > 1) {
      const auto* option = option_of(*at, word.substr(0, 2));
      if (option && takes_value(*option) && word.size() == 2) ++i;
    } else if (const auto* below = command_of(*at, word)) {
      at = below;
    } else if (takes_arguments(*at)) {
      continue;
    } else if (face.coder && !children(*at).empty()) {
      return fmt::format("unrecognized subcommand \"{}\"\nSlipway does not offer it. What there is: {} --help", word, full_name(*at));
    } else if (!children(*at).empty()) {
      std::vector<std::string> names;
      for (const auto* sub : children(*at)) names.push_back(sub->get_name());
      return fmt::format("There is no command \"{}\".{}", (at->get_parent() ? full_name(*at) + ' ' : "") + word, meant(word, names));
    }
  }
  return std::nullopt;
}

// What people type before they know: `slipway help create`, `slipway --version`.
std::vector<std::string> usual_spelling(const CLI::App& root, std::vector<std::string> words) {
  auto at = words.begin();
  for (; at != words.end() && at->starts_with('-'); ++at) {
    if (*at == "--version" || *at == "-V") {
      *at = "version";
      return words;
    }
    const auto* option = option_of(root, *at);
    if (option && takes_value(*option) && at->find('=') == std::string::npos && at + 1 != words.end()) ++at;
  }
  if (at != words.end() && *at == "help") {
    words.erase(at);
    words.emplace_back("--help");
  }
  return words;
}

std::string advice_for(const Error& error) {
  switch (error.code) {
    case Code::unauthenticated: return "Log in with: slipway login <address of the server>";
    case Code::bad_gateway:
    case Code::timed_out: return "Check that the server runs and can be reached from here (slipway netcheck says what fails), then try again.";
    case Code::too_many: return "Wait a moment, then try again.";
    case Code::internal: return "The server's log holds the reason.";
    default: return {};
  }
}

}  // namespace

std::string describe(const Error& error, const Face& face) {
  std::string out = on_stderr(Colour::red, "error:") + ' ' + harmless(error.say) + '\n';
  if (!error.detail.empty()) out += "  " + harmless(error.detail) + '\n';
  for (const auto& fault : error.fields) out += fmt::format("  {}: {}\n", harmless(fault.field), harmless(fault.detail));
  if (const auto advice = advice_for(error); !advice.empty() && error.detail.find(advice) == std::string::npos)
    out += "  " + on_stderr(Colour::dim, advice) + '\n';
  // What is advised are commands, and they are called as this program is.
  if (face.coder)
    for (auto at = out.find("slipway "); at != std::string::npos; at = out.find("slipway ", at + 1))
      out.replace(at, std::string_view("slipway").size(), face.program);
  return out;
}

// The global flags, with their values, before all else: they may stand anywhere up to a "--", or up to what belongs to another program.
std::vector<std::string> globals_first(const CLI::App& root, const std::vector<std::string>& words) {
  std::vector<std::string> front, rest;
  const CLI::App* at = &root;
  std::size_t behind = 0;  // arguments of a command whose rest is another program's
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--" || behind > 1) {
      rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
      break;
    }
    const std::string name = word.substr(0, word.find('='));
    const auto* own = word.starts_with('-') && at != &root ? at->get_option_no_throw(name) : nullptr;
    const auto* global = word.starts_with('-') && !own ? root.get_option_no_throw(name) : nullptr;
    auto& into = global ? front : rest;
    into.push_back(word);
    const auto* option = global ? global : own;
    if (option && takes_value(*option) && word.find('=') == std::string::npos && i + 1 < words.size()) into.push_back(words[++i]);
    if (word.starts_with('-')) continue;
    if (const auto* below = command_of(*at, word); below && behind == 0)
      at = below;
    else if (at->get_prefix_command())
      ++behind;
  }
  front.insert(front.end(), rest.begin(), rest.end());
  return front;
}

int Program::main(const std::vector<std::string>& arguments) {
  auto& state = *state_;
  const bool coder = state.globals.face.coder;
  const auto ran = [&] { return full_name(deepest(state.app)); };
  const auto wrong_usage = [&](std::string_view say) {
    if (coder) {
      tell("Encountered an error running \"{0}\", see \"{0} --help\" for more information\nerror: {1}\n", ran(), say);
      return 1;
    }
    tell("{} {}\n  See: {} --help\n", on_stderr(Colour::red, "error:"), say, full_name(deepest(state.app)));
    return 2;
  };
  auto words = usual_spelling(state.app, arguments);
  if (coder) words = globals_first(state.app, words);
  if (const auto unknown = unknown_word(state.app, words, state.globals.face)) return wrong_usage(*unknown);
  try {
    auto reversed = words;
    for (const auto& [app, into] : state.rests) drop_end_of_flags(reversed, *app);
    std::ranges::reverse(reversed);
    state.app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    print("{}", help_of(deepest(state.app)));
    return 0;
  } catch (const CLI::ExtrasError&) {
    const auto extra = state.app.remaining(true);
    std::erase_if(words, [&](const std::string& word) { return std::ranges::find(extra, word) == extra.end(); });
    return wrong_usage(fmt::format("{} takes no more than it has; this is too much: {}", full_name(deepest(state.app)), fmt::join(words, " ")));
  } catch (const CLI::ParseError& wrong) {
    return wrong_usage(wrong.what());
  }
  for (const auto& [app, into] : state.rests)
    if (app->parsed()) *into = app->remaining();
  if (!state.chosen) {
    const auto& at = deepest(state.app);
    put(at.get_parent() ? stderr : stdout, help_of(at));
    return at.get_parent() ? (coder ? 1 : 2) : 0;
  }
  Session session(state.globals);
  const auto ready = session.prepare();
  const auto outcome = ready ? state.chosen(session) : std::unexpected(ready.error());
  std::fflush(stdout);
  if (outcome) return *outcome;
  if (coder) tell("Encountered an error running \"{0}\", see \"{0} --help\" for more information\n", ran());
  tell("{}", describe(outcome.error(), state.globals.face));
  if (coder) return 1;
  return outcome.error().code == Code::cancelled ? 130 : 1;
}

std::string Program::all_help() const {
  std::string out;
  append_help(out, state_->app);
  return out;
}

Program::Offer Program::complete(const std::vector<std::string>& words) const {
  const CLI::App* at = &state_->app;
  const CLI::Option* wanting = nullptr;  // whose value comes next
  std::size_t given = 0;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (std::exchange(wanting, nullptr)) continue;
    if (words[i].starts_with('-')) {
      const auto* option = option_of(*at, words[i]);
      if (option && takes_value(*option) && words[i].find('=') == std::string::npos) wanting = option;
      continue;
    }
    const auto* below = command_of(*at, words[i]);
    given = below ? 0 : given + 1;
    if (below) at = below;
  }
  const std::string start = words.empty() ? "" : words.back();
  Offer out;
  if (wanting) {
    out.argument = wanting->get_lnames().empty() ? "" : wanting->get_lnames().front();
    return out;
  }
  const auto offer = [&](const std::string& word) {
    if (word.starts_with(start)) out.words.push_back(word);
  };
  if (start.starts_with('-')) {
    for (const CLI::App* app = at; app; app = app->get_parent())
      for (const auto* option : app->get_options())
        for (const auto& name : option->get_lnames()) offer("--" + name);
  } else {
    for (const auto* sub : children(*at)) offer(sub->get_name());
    const auto places = at->get_options([](const CLI::Option* option) { return option->get_positional(); });
    if (given < places.size()) out.argument = places[given]->get_name(true);
  }
  std::ranges::sort(out.words);
  out.words.erase(std::ranges::unique(out.words).begin(), out.words.end());
  return out;
}

}  // namespace slipway::cli
