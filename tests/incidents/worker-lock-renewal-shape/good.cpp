#include "stage.hpp"

namespace {

std::thread start_heart(const std::string& dsn, const incident::Lease& lease, const std::atomic<bool>& done) {
  return std::thread([dsn, lease, &done] {
    while (!done) {
      try {
        if (!renew(dsn, lease)) return;
      } catch (const std::exception& error) {
        std::cerr << "a beat failed: " << error.what() << '\n';  // the next one tries again
      }
      std::this_thread::sleep_for(kBeat);
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return work(argv[1], argv[2], start_heart);
  return incident::expect_cured([&] { return stage(argv[0]); });
}
