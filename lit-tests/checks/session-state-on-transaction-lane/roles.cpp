// RUN: %check_poolguard %s poolguard-session-state-on-transaction-lane -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void state() {
  shop::shared().send(0, "SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: 'SET' sets a setting of the session on the transaction lane
  shop::shared().watch("jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: 'shop::Session::watch' listens on a channel on the transaction lane
  shop::own().send(0, "SET work_mem = '1GB'");
  shop::own().watch("jobs");
}
