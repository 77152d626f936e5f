#include "features/outbox/meter.hpp"

#include "store/store.hpp"

namespace slipway::outbox {

namespace {

using metric::Text;
constexpr auto kCounter = Text::Type::counter, kGauge = Text::Type::gauge, kHistogram = Text::Type::histogram;
constexpr double kQueued[] = {1, 2.5, 5, 7.5, 10, 15, 20, 30, 60, 120, 300, 600, 3600};
constexpr double kSending[] = {0.001, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120};
constexpr Way kWays[] = {Way::smtp, Way::webhook};

}  // namespace

std::string_view name_of(Way way) { return way == Way::smtp ? "smtp" : "webhook"; }

Meter::Meter() : queued_{metric::Histogram(kQueued), metric::Histogram(kQueued)}, sending_{metric::Histogram(kSending), metric::Histogram(kSending)} {
  for (auto& way : kinds_) way = std::make_unique<std::vector<OfKind>>(notifications::kinds().size());
}

Meter::OfKind* Meter::of(Way way, const Uuid& kind) {
  const auto* row = notifications::kind_with(kind);
  return row ? &(*kinds_[static_cast<std::size_t>(way)])[static_cast<std::size_t>(row->kind)] : nullptr;
}

void Meter::write_kinds(Text& text) const {
  const auto each = [&](auto write) {
    for (const auto way : kWays)
      for (const auto& row : notifications::kinds())
        write(name_of(way), row.id, (*kinds_[static_cast<std::size_t>(way)])[static_cast<std::size_t>(row.kind)]);
  };
  text.family("coderd_notifications_dispatch_attempts_total", kCounter, "The number of dispatch attempts, by their result.");
  each([&](std::string_view way, std::string_view id, const OfKind& kind) {
    for (const auto& [result, counter] :
         {std::pair("success", &kind.sent), std::pair("temp_fail", &kind.temporary), std::pair("perm_fail", &kind.permanent)})
      if (counter->value() > 0)
        text.sample({{"method", way}, {"notification_template_id", id}, {"result", result}}, static_cast<double>(counter->value()));
  });
  text.family("coderd_notifications_retry_count", kCounter, "The count of attempts that will be made again.");
  each([&](std::string_view way, std::string_view id, const OfKind& kind) {
    if (kind.retries.value() > 0) text.sample({{"method", way}, {"notification_template_id", id}}, static_cast<double>(kind.retries.value()));
  });
  text.family("coderd_notifications_inflight_dispatches", kGauge, "The number of attempts that are under way.");
  each([&](std::string_view way, std::string_view id, const OfKind& kind) {
    text.sample({{"method", way}, {"notification_template_id", id}}, static_cast<double>(kind.in_flight.value()));
  });
}

void Meter::write(Text& text) const {
  write_kinds(text);
  text.family("coderd_notifications_queued_seconds", kHistogram, "The time that messages waited until they were taken up.");
  for (const auto way : kWays) text.sample({{"method", name_of(way)}}, queued_[static_cast<std::size_t>(way)].read());
  text.family("coderd_notifications_dispatcher_send_seconds", kHistogram, "The time that an attempt took.");
  for (const auto way : kWays) text.sample({{"method", name_of(way)}}, sending_[static_cast<std::size_t>(way)].read());
  text.one("coderd_notifications_pending_updates", kGauge, "The number of results that wait for the store.", static_cast<double>(waiting.value()));
  text.one("coderd_notifications_synced_updates_total", kCounter, "The number of results that were written to the store.",
           static_cast<double>(synced.value()));
  text.one("coderd_notifications_enqueue_failures_total", kCounter, "Events that people could not be told of.",
           static_cast<double>(store::untold_events()));
  text.one("slipway_notifications_render_missing_total", kCounter, "Values that a template asked for and that an event did not have.",
           static_cast<double>(missing.value()));
}

}  // namespace slipway::outbox
