// RUN: %check_poolguard %s poolguard-no-double-retry -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void doubled() {
  shop::patiently(2, [] { shop::stubborn(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:33: warning: {{.*}}2 x 4 = 8
}

void once() { shop::stubborn(); }
