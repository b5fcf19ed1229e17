// RUN: %check_poolguard %s poolguard-no-transaction-reroute -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void object(shop::Session &session) {
  shop::Unit unit(1, session);
  shop::own().send(0, "UPDATE t SET n = 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: this statement runs on another connection while transaction 'unit' is open
  unit.keep();
  shop::own().send(0, "UPDATE t SET n = 1");
}

void callable() {
  shop::unit(1, [](shop::Unit &unit) {
    unit.send(0, "UPDATE t SET n = 1");
    shop::own().send(0, "UPDATE t SET n = 1");
    // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection while transaction 'unit' is open
  });
}

void single(shop::Session &session) {
  shop::Single each(1, session);
  shop::own().send(0, "UPDATE t SET n = 1");
}
