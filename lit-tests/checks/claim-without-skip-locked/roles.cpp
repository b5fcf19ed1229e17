// RUN: %check_poolguard %s poolguard-claim-without-skip-locked -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void takes(shop::Unit &unit) {
  unit.send(0, "SELECT id FROM parcels WHERE phase = 'new' LIMIT 1 FOR UPDATE");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: {{.*}}SKIP LOCKED
  unit.send(0, "SELECT id FROM parcels WHERE phase = 'new' LIMIT 1 FOR UPDATE SKIP LOCKED");
  unit.send(0, "SELECT id FROM jobs WHERE status = 'new' LIMIT 1 FOR UPDATE"); // holds no leases here
}
