// RUN: %check_poolguard %s poolguard-lock-path-single-statement -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

constexpr const char *kBeat = "UPDATE parcels SET until = now() WHERE id = 1 AND turn = 2";

void inUnit(shop::Session &session) {
  shop::Unit unit(1, session);
  unit.send(0, kBeat);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement, which renews a lease of 'parcels', is part of transaction 'unit'
  unit.send(0, "UPDATE t SET n = 1");
  unit.keep();
}

void inCallable() {
  shop::unit(1, [](shop::Unit &unit) {
    unit.send(0, kBeat);
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: this statement, which renews a lease of 'parcels', is part of transaction 'unit'
    unit.send(0, "UPDATE t SET n = 1");
  });
}

void alone(shop::Session &session) { shop::Single(1, session).send(0, kBeat); }
