// RUN: %check_poolguard %s poolguard-connection-outlives-transaction -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void outlives(shop::Sessions &sessions) {
  shop::Session *session = sessions.lend();
  shop::Unit unit(1, *session);
  unit.send(0, "UPDATE t SET n = 1");
  sessions.take(0, session);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: {{.*}}'unit'
}

void kept(shop::Sessions &sessions) {
  shop::Session *session = sessions.lend();
  shop::Unit unit(1, *session);
  unit.send(0, "UPDATE t SET n = 1");
  unit.keep();
  sessions.take(0, session);
}
