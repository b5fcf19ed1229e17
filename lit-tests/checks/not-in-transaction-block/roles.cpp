// RUN: %check_poolguard %s poolguard-not-in-transaction-block -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void refused(shop::Session &session) {
  shop::Unit unit(1, session);
  unit.send(0, "VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement can't run in a transaction block, and transaction 'unit' is open
  unit.keep();
}

void meaningless(shop::Session &session) {
  shop::Single each(1, session);
  each.send(0, "VACUUM t");
  each.send(0, "SELECT id FROM t FOR UPDATE");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'FOR UPDATE' in autocommit, on 'each'
}
