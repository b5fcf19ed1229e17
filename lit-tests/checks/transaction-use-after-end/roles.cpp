// RUN: %check_poolguard %s poolguard-transaction-use-after-end -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void ended(shop::Session &session) {
  shop::Unit unit(1, session);
  unit.send(0, "UPDATE t SET n = 1");
  unit.keep();
  unit.send(0, "UPDATE t SET n = 2");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: statement on transaction 'unit', which has ended
}

void undone(shop::Session &session) {
  shop::Unit unit(1, session);
  unit.drop();
  unit.send(0, "UPDATE t SET n = 2");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: statement on transaction 'unit', which has ended
}
