// Lanes are types: what needs a session does not compile on the transaction lane.
#include <gtest/gtest.h>

#include "poolguard/connection.hpp"
#include "poolguard/connection_pool.hpp"

using namespace poolguard;

template <class C>
concept HasSessionState = requires(C c) {
  c.set_parameter("a", "b");
  c.try_advisory_lock(1);
};

static_assert(HasSessionState<Connection<Lane::session>>);
static_assert(!HasSessionState<Connection<Lane::transaction>>);
static_assert(!std::is_convertible_v<Connection<Lane::transaction>&, Connection<Lane::session>&>);
static_assert(!std::is_constructible_v<Connection<Lane::session>, Connection<Lane::transaction>>);
static_assert(!std::is_copy_constructible_v<Connection<Lane::session>>);
static_assert(!std::is_convertible_v<ConnectionPool<Lane::transaction>&, ConnectionPool<Lane::session>&>);

TEST(LaneTypes, HoldAtCompileTime) { EXPECT_EQ(to_string(Lane::session), "session"); }
