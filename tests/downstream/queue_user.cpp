#include <iostream>

#include <poolguard/connection_url.hpp>
#include <poolguard/worker.hpp>

int main() {
  poolguard::WorkerOptions options;
  options.check();
  std::cout << options.concurrency << '\n';
}
