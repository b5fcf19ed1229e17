// RUN: %check_poolguard %s poolguard-connection-leak-on-path -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

int leaks(shop::Sessions &sessions, bool quick) {
  shop::Session *session = sessions.lend();
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: 'session' isn't handed back on every path that returns
  if (quick)
    return 1;
  sessions.take(0, session);
  return 0;
}

void twice(shop::Sessions &sessions) {
  shop::Session *session = sessions.lend();
  sessions.take(0, session);
  sessions.take(1, session);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'session' is handed back twice
}
