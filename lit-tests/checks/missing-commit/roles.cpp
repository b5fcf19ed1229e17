// RUN: %check_poolguard %s poolguard-missing-commit -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void lost(shop::Session &session) {
  shop::Unit unit(1, session);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'unit' writes and is never committed
  unit.send(0, "UPDATE t SET n = 1");
}

void kept(shop::Session &session) {
  shop::Unit unit(1, session);
  unit.send(0, "UPDATE t SET n = 1");
  unit.keep();
}

void meant(shop::Session &session) {
  shop::Unit unit(1, session);
  unit.send(0, "UPDATE t SET n = 1");
  unit.drop();
}

void single(shop::Session &session) {
  shop::Single each(1, session);
  each.send(0, "UPDATE t SET n = 1");
}
