// stat, stat cpu, stat mem, stat disk: what the machine and the container around this program have in use. Templates show it as the
// metadata of an agent, so it needs no server and nobody signed in.
#include <array>
#include <boost/json.hpp>

#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/machine.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

namespace slipway::cli {
namespace {

struct StatOptions {
  std::string output = "text", prefix = "Gi", path = "/";
  bool host = false;
};

Result<void> known_output(const StatOptions& options) { return one_of(options.output, {"text", "json"}); }
Result<void> known_prefix(const StatOptions& options) { return one_of(options.prefix, {"Ki", "Mi", "Gi", "Ti"}); }

Result<int> say(const StatOptions& options, const Usage& usage, std::string_view prefix) {
  if (options.output == "json")
    print_json(json_of(usage));
  else
    print("{}\n", text_of(usage, prefix));
  return 0;
}

// Outside of a container, and where its groups cannot be read, the machine is meant.
Result<Usage> around(bool host, const Machine& machine, Result<Usage> (Machine::*of_container)() const, Result<Usage> (Machine::*of_host)() const) {
  if (!host && machine.in_container())
    if (auto inside = (machine.*of_container)()) return inside;
  return (machine.*of_host)();
}

Result<int> cpu(const StatOptions& options) {
  TRY_OK(known_output(options));
  TRY(usage, around(options.host, Machine(), &Machine::container_cpu, &Machine::host_cpu));
  return say(options, usage, {});
}

Result<int> memory(const StatOptions& options) {
  TRY_OK(known_output(options));
  TRY_OK(known_prefix(options));
  TRY(usage, around(options.host, Machine(), &Machine::container_memory, &Machine::host_memory));
  return say(options, usage, options.prefix);
}

Result<int> disk(const StatOptions& options) {
  TRY_OK(known_output(options));
  TRY_OK(known_prefix(options));
  TRY(usage, disk_usage(options.path));
  return say(options, usage, options.prefix);
}

Result<int> all(const TableFlags& flags) {
  const Machine machine;
  const auto home = environment({"HOME"}).value_or("/");
  struct Shown {
    std::string_view column, name, prefix;
    std::optional<Usage> usage = {};
  };
  std::array<Shown, 5> shown{{{.column = "host cpu", .name = "host_cpu", .prefix = ""},
                              {.column = "host memory", .name = "host_memory", .prefix = "Gi"},
                              {.column = "home disk", .name = "home_disk", .prefix = "Gi"},
                              {.column = "container cpu", .name = "container_cpu", .prefix = ""},
                              {.column = "container memory", .name = "container_memory", .prefix = "Gi"}}};
  const auto told = [](Result<Usage> usage) { return usage ? std::optional(*usage) : std::nullopt; };
  shown[0].usage = told(machine.host_cpu());
  shown[1].usage = told(machine.host_memory());
  shown[2].usage = told(disk_usage(home));
  if (machine.in_container()) {
    shown[3].usage = told(machine.container_cpu());
    shown[4].usage = told(machine.container_memory());
  }
  std::vector<std::string> columns, row;
  boost::json::object json;
  for (const auto& one : shown) {
    columns.emplace_back(one.column);
    row.push_back(one.usage ? text_of(*one.usage, one.prefix) : "-");
    json[one.name] = one.usage ? boost::json::parse(json_of(*one.usage)) : boost::json::value();
  }
  Table table(std::move(columns));
  table.add(std::move(row));
  return table.print(flags, boost::json::serialize(boost::json::array{std::move(json)}), "");
}

}  // namespace

void add_stat(Command root) {
  auto flags = std::make_shared<TableFlags>();
  auto group = root.sub("stat", "What this machine and the container around it have in use: processors, memory, disk",
                        "slipway stat\n"
                        "slipway stat cpu --host\n"
                        "slipway stat disk --path /home --prefix Mi");
  flags->add_to(group, "host cpu, host memory, home disk, container cpu, container memory");
  group.run([flags](Session&) { return all(*flags); });

  const auto one = [&](const std::string& name, const std::string& what, Result<int> (*run)(const StatOptions&)) {
    auto options = std::make_shared<StatOptions>();
    auto command = group.sub(name, what);
    command.option("-o,--output", options->output, "How to print: text or json");
    if (name == "disk") command.option("--path", options->path, "A path on the file system that is meant");
    if (name != "disk") command.flag("--host", options->host, "Of the machine, also in a container");
    if (name != "cpu") command.option("--prefix", options->prefix, "What to count in: Ki, Mi, Gi or Ti");
    command.run([options, run](Session&) { return run(*options); });
  };
  one("cpu", "How many cores are busy", cpu);
  one("mem", "How much memory is in use", memory);
  one("disk", "How much of a file system is in use", disk);
}

}  // namespace slipway::cli
