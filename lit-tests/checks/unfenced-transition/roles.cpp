// RUN: %check_poolguard %s poolguard-unfenced-transition -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void ends(shop::Session &session) {
  session.send(0, "UPDATE parcels SET phase = 'done' WHERE id = 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: {{.*}}'parcels'
  session.send(0, "UPDATE parcels SET phase = 'done' WHERE id = 1 AND turn = 2");
  session.send(0, "UPDATE jobs SET status = 'done' WHERE id = 1"); // holds no leases here
}
