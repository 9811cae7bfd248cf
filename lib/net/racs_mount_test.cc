// SPDX-License-Identifier: Apache-2.0
#include "net/racs_mount.h"

#include "remote/testing/racs_grid.h"

namespace cose::net {
namespace {

using namespace literals;

TEST(RacsMount, GivesEachElementAPlaceOfItsOwn) {
  remote::testing::RacsGrid grid;
  const auto connector = std::make_shared<remote::testing::SessionConnector>(grid);
  const auto slot = grid::SlotNumber::from_value(101).value();
  for (const auto* name : {"key2", "key1", "other"}) ASSERT_TRUE(grid.seids.add(name, slot));
  const auto inventory = std::make_shared<remote::RacsInventory>(connector, grid.clock);
  const auto mount = std::make_shared<RacsMount>(inventory, "key");
  std::vector<std::unique_ptr<RacsMountSource>> places;
  for (int count = 0; count < 3; ++count)
    places.push_back(std::make_unique<RacsMountSource>(connector, mount, remote::RacsCardOptions()));
  EXPECT_EQ(places[0]->uri(), "racs://rack:7777/key*");
  EXPECT_EQ(places[2]->open().error().kind, ErrorKind::kCardRemoved);
  EXPECT_EQ(places[0]->presence(), iso7816::Presence::kPresent);
  EXPECT_EQ(mount->seid_of(0), "key1");
  EXPECT_EQ(mount->seid_of(1), "key2");
  EXPECT_EQ(places[2]->presence(), iso7816::Presence::kAbsent);
  // One that sorts before the others comes later: nobody moves.
  ASSERT_TRUE(grid.seids.add("key0", slot));
  grid.clock.advance(std::chrono::seconds(6));
  EXPECT_EQ(places[2]->presence(), iso7816::Presence::kPresent);
  EXPECT_EQ(mount->seid_of(0), "key1");
  EXPECT_EQ(mount->seid_of(2), "key0");
  const auto card = places[0]->open().value();
  EXPECT_EQ(card->power_up(iso7816::ResetKind::kCold).value(), "3B80800101"_hex);
}

}  // namespace
}  // namespace cose::net
