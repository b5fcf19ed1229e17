// RUN: %check_poolguard %s poolguard-no-lock-path-retry -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void retried(shop::Session &session) {
  shop::patiently(2, [&] {
    shop::beat(7);
    // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: {{.*}}'shop::beat'
    session.send(0, "UPDATE parcels SET until = now() WHERE id = 1 AND turn = 2");
    // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: this statement, which renews a lease of 'parcels', runs inside a retry by 'shop::patiently'
  });
}

void once() { shop::beat(7); }
