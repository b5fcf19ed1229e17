#include "worker/claim_pacing.hpp"

#include <algorithm>

namespace poolguard::detail {

std::chrono::milliseconds ClaimPacing::back_off() {
  const auto wait = wait_;
  wait_ = std::min(wait_ * 2, limits_.poll_most);
  return wait;
}

void ClaimPacing::claimed(std::size_t jobs, Clock::time_point now) {
  failing_ = false;
  last_claim_ = now;
  claim_was_empty_ = jobs == 0;
  if (jobs > 0) wait_ = limits_.poll_least;
  next_ = {.ask = jobs > 0 ? Ask::claim : Ask::look, .at = now};
}

void ClaimPacing::looked(std::optional<std::chrono::milliseconds> due, Clock::time_point now) {
  failing_ = false;
  // What has become due since the claim was sent is no riddle.
  const bool could_not_be_had = claim_was_empty_ && due && now + *due <= last_claim_;
  claim_was_empty_ = false;
  if (due && due->count() <= 0) {
    // Another worker has it locked, or its name's limits: it is to be had by a claim, but not by one after the other.
    next_ = {.ask = Ask::claim, .at = could_not_be_had ? now + back_off() : now};
    return;
  }
  const auto interval = listening_ ? limits_.listen_poll : back_off();
  if (due && *due <= interval) next_ = {.ask = Ask::claim, .at = now + *due};
  else next_ = {.ask = Ask::look, .at = now + interval};
}

void ClaimPacing::failed(Clock::time_point now) {
  failing_ = true;
  next_ = {.ask = Ask::claim, .at = now + back_off()};
}

void ClaimPacing::notified(Clock::time_point now) {
  if (failing_) return;  // what fails isn't hurried: the claim that is to come finds the new job too
  wait_ = limits_.poll_least;
  const auto at = last_claim_ == Clock::time_point::min() ? now : std::max(now, last_claim_ + limits_.debounce);
  if (next_.ask != Ask::claim || next_.at > at) next_ = {.ask = Ask::claim, .at = at};
}

void ClaimPacing::job_ended(Clock::time_point now) {
  if (failing_) return;
  if (limits_.until_empty) next_ = {.ask = Ask::claim, .at = now};
  else if (!listening_ && next_.at > now) next_ = {.ask = Ask::look, .at = now};
}

void ClaimPacing::set_listening(bool listening, Clock::time_point now) {
  listening_ = listening;
  wait_ = limits_.poll_least;
  // What was notified before it listened, or since it doesn't, was not heard.
  if (!failing_ && next_.at > now) next_ = {.ask = Ask::look, .at = now};
}

}  // namespace poolguard::detail
