// RUN: %check_poolguard %s poolguard-retry-not-idempotent -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void again(shop::Session &session) {
  shop::patiently(2, [&] {
    shop::Single each(1, session);
    each.send(0, "INSERT INTO payments (amount) VALUES (10)");
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: {{.*}}
    each.send(0, "INSERT INTO payments (amount, request_id) VALUES (10, 7) ON CONFLICT DO NOTHING");
  });
}
