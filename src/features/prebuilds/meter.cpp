#include "features/prebuilds/meter.hpp"

#include "base/log.hpp"
#include "features/prebuilds/snapshot.hpp"

namespace slipway::prebuilds {

namespace {

using metric::Text;
constexpr auto kCounter = Text::Type::counter, kGauge = Text::Type::gauge;
constexpr Milliseconds kReadLimit{10'000};
constexpr Seconds kInterval{60};

constexpr std::string_view kFamily = "coderd_prebuilt_workspaces_";

struct Made {
  std::int64_t created = 0, failed = 0, claimed = 0;
};
struct Now {
  std::int64_t desired = 0, running = 0, eligible = 0;
  bool limited = false;
};

template <class Names, class Row, class Value>
void write_all(Text& text, std::string_view name, Text::Type type, std::string_view help, const std::map<Names, Row>& rows, Value value) {
  text.family(std::string(kFamily) + std::string(name), type, help);
  for (const auto& [names, row] : rows)
    text.sample({{"template_name", names[0]}, {"preset_name", names[1]}, {"organization_name", names[2]}}, static_cast<double>(value(row)));
}

}  // namespace

// Immutable once loaded.
struct Meter::State {
  Time at{};
  bool paused = false;
  std::map<Names, Made> made;
  std::map<Names, Now> now;
};

Meter::Meter(Options options) : options_(std::move(options)) {}
Meter::~Meter() = default;

Task<Result<Meter::State>> Meter::load(http::Home& home, const Options& options) {
  auto duty = home.db.duty<rbac::Duty::prebuilds>();
  State out{.at = duty.now()};
  CO_TRY(settings, co_await sql::settings(duty));
  CO_TRY(stopped, paused(settings));
  out.paused = stopped;
  CO_TRY(made, co_await sql::ever_made(duty));
  for (auto& row : made)
    out.made[{std::move(row.template_name), std::move(row.preset_name), std::move(row.organization_name)}] = {row.created, row.failed, row.claimed};
  CO_TRY(names, co_await sql::pool_names(duty));
  if (names.empty()) co_return out;
  std::map<PresetId, Names> by_id;
  for (auto& row : names) by_id[row.id] = {std::move(row.template_name), std::move(row.preset_name), std::move(row.organization_name)};
  CO_TRY(pools, co_await sql::pools(duty));
  for (const auto& row : pools) {
    const auto found = by_id.find(row.id);
    if (found == by_id.end()) continue;  // of another version
    const auto judged = plan(to_pool(row), rules_of(options), out.at);
    out.now[found->second] = {judged.counts.desired, judged.counts.actual, judged.counts.eligible, judged.at_limit};
  }
  co_return out;
}

Task<void> Meter::refresh(http::Home& home) {
  auto loaded = co_await aio::with_deadline(kReadLimit, "The database took too long.", load(home, options_));
  if (!loaded) {
    log::error("failed to update prebuilds metrics state", {{"why", loaded.error().why}, {"say", loaded.error().say}});
    co_return;
  }
  auto fresh = std::make_shared<const State>(std::move(*loaded));
  const std::lock_guard lock(mutex_);
  state_ = std::move(fresh);
}

Task<void> Meter::keep(http::Home& home) {
  for (;;) {
    co_await refresh(home);
    co_await aio::sleep(kInterval);
  }
}

void Meter::write_counters(const State& state, Text& text) {
  write_all(text, "created_total", kCounter, "Prebuilt workspaces ever created for the preset, whatever became of them.", state.made,
            [](const Made& made) { return made.created; });
  write_all(text, "failed_total", kCounter, "Prebuilt workspaces whose first build failed.", state.made,
            [](const Made& made) { return made.failed; });
  write_all(text, "claimed_total", kCounter, "Prebuilt workspaces that a person owns now or owned at last.", state.made,
            [](const Made& made) { return made.claimed; });
}

void Meter::write_gauges(const State& state, Text& text) {
  write_all(text, "desired", kGauge, "How many prebuilt workspaces the preset wants at this time, by its schedule.", state.now,
            [](const Now& now) { return now.desired; });
  write_all(text, "running", kGauge, "How many prebuilt workspaces of the preset run, whether or not they can be claimed.", state.now,
            [](const Now& now) { return now.running; });
  write_all(text, "eligible", kGauge,
            "How many prebuilt workspaces can be claimed now: they run, and all of their agents are in the \"ready\" state.", state.now,
            [](const Now& now) { return now.eligible; });
  auto limited = state.now;
  std::erase_if(limited, [](const auto& entry) { return !entry.second.limited; });
  write_all(text, "preset_hard_limited", kGauge, "1 while so many builds of the preset failed in a row that no more are begun; absent otherwise.",
            limited, [](const Now&) { return 1; });
}

void Meter::write(Text& text) const {
  const std::lock_guard lock(mutex_);
  const auto whole = [](std::string_view name) { return std::string(kFamily) + std::string(name); };
  text.one(whole("reconciliation_paused"), kGauge, "1 while the pools of prebuilt workspaces are paused, else 0.", state_ && state_->paused ? 1 : 0);
  const auto at = state_ ? std::chrono::floor<Seconds>(state_->at).time_since_epoch().count() : 0;
  text.one(whole("metrics_last_updated"), kGauge,
           "When the numbers of prebuilt workspaces were read, in seconds since unix epoch; 0 before the first time.", static_cast<double>(at));
  if (!state_) {
    log::debug("failed to set prebuilds metrics; state not set");
    return;
  }
  write_counters(*state_, text);
  write_gauges(*state_, text);
}

}  // namespace slipway::prebuilds
