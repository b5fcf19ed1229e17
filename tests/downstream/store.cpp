#include "store.hpp"

void with_retry(const std::function<void()>& body) { body(); }
void Store::upsert() {}
void save(Store& store) { store.upsert(); }
