// RUN: %check_poolguard %s poolguard-startup-parameter-on-transaction-lane -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

shop::Session *dialled() {
  return shop::dial(5, "host=pooler statement_timeout=5000");
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: {{.*}}'statement_timeout'
}
shop::Session *plain() { return shop::dial(5, "host=pooler connect_timeout=5"); }
