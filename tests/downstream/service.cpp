#include "store.hpp"

int main() {
  Store store;
  with_retry([&store] { save(store); });
}
