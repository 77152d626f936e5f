#include "features/identity/meter.hpp"

namespace slipway::identity {

namespace {

constexpr double kTimes[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
constexpr Outcome kOutcomesInOrder[] = {Outcome::issued, Outcome::malformed, Outcome::refused, Outcome::unknown,
                                        Outcome::stale,  Outcome::ambiguous, Outcome::failed};

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::issued: return "issued";
    case Outcome::malformed: return "malformed";
    case Outcome::refused: return "refused";
    case Outcome::unknown: return "unknown";
    case Outcome::stale: return "stale";
    case Outcome::ambiguous: return "ambiguous";
    case Outcome::failed: return "failed";
  }
  return {};
}

Meter::OfProvider::OfProvider() : took(kTimes) {}
Meter::Meter() = default;

void Meter::count(Provider provider, Outcome outcome, std::chrono::nanoseconds took, int statements, int decisions) {
  auto& one = all_[static_cast<std::size_t>(provider)];
  one.outcomes[static_cast<std::size_t>(outcome)].add();
  one.took.observe(took);
  one.statements.add(static_cast<std::uint64_t>(statements));
  one.decisions.add(static_cast<std::uint64_t>(decisions));
}

void Meter::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  const auto of = [this](Provider provider) -> const OfProvider& { return all_[static_cast<std::size_t>(provider)]; };
  text.family("slipway_instance_identity_exchanges_total", Type::counter, "Exchanges of a proof of instance identity for an agent's token.");
  for (const auto provider : kProviders)
    for (const auto outcome : kOutcomesInOrder)
      text.sample({{"provider", name_of(provider)}, {"outcome", name_of(outcome)}},
                  static_cast<double>(of(provider).outcomes[static_cast<std::size_t>(outcome)].value()));
  text.family("slipway_instance_identity_exchange_seconds", Type::histogram, "How long such an exchange took, fetching included.");
  for (const auto provider : kProviders) text.sample({{"provider", name_of(provider)}}, of(provider).took.read());
  text.family("slipway_instance_identity_statements_total", Type::counter, "SQL statements that these exchanges took.");
  for (const auto provider : kProviders) text.sample({{"provider", name_of(provider)}}, static_cast<double>(of(provider).statements.value()));
  text.family("slipway_instance_identity_decisions_total", Type::counter, "Authorization decisions that these exchanges took.");
  for (const auto provider : kProviders) text.sample({{"provider", name_of(provider)}}, static_cast<double>(of(provider).decisions.value()));
}

}  // namespace slipway::identity
