// As proof.hpp, for statements that ask for the permit of a row that their transaction has locked.
#pragma once

#include "store/locked.hpp"
#include "support/proof.hpp"

namespace slipway::proof {

// A permit for a row that was not locked does not do.
template <auto F, Action A, Resource R>
inline constexpr bool writes_locked_under = Permitted<decltype(F), store::Tx&, store::LockedPermit<A, R>>::value &&
                                            !Permitted<decltype(F), store::Store&, store::LockedPermit<A, R>>::value &&
                                            no_permit_but<decltype(F), store::Tx&> && unpermitted<decltype(F), store::Tx&>;

static_assert(!std::is_constructible_v<store::LockedPermit<Action::update, Resource::user>, store::Permit<Action::update, Resource::user>> &&
              !std::is_constructible_v<store::Locked<int>, int>);

}  // namespace slipway::proof
