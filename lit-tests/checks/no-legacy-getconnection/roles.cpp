// RUN: %check_poolguard %s poolguard-no-legacy-getconnection -- -config=../../Inputs/shop.yaml

// Every role comes from the config.
#include "shop.h"

void legacy() {
  shop::everybodys().send(0, "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'shop::everybodys' is a legacy connection
}

extern shop::Session forever;
void global() {
  forever.send(0, "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'forever' is a legacy connection
}

void given(shop::Session &session) { session.send(0, "SELECT 1"); }
