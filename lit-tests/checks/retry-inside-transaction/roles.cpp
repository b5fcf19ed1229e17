// RUN: %check_poolguard %s poolguard-retry-inside-transaction -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void part(shop::Session &session) {
  shop::Unit unit(1, session);
  shop::patiently(2, [&] { unit.send(0, "UPDATE t SET n = 1"); });
  // CHECK-MESSAGES: :[[@LINE-1]]:33: warning: {{.*}}'unit'
  unit.keep();
}

void whole(shop::Session &session) {
  shop::patiently(2, [&] {
    shop::Unit unit(1, session);
    unit.send(0, "UPDATE t SET n = 1");
    unit.keep();
  });
}

void single(shop::Session &session) {
  shop::Single each(1, session);
  shop::patiently(2, [&] { each.send(0, "UPDATE t SET n = 1"); });
}
