#include "signer_service/engines/ecdsa_sig_value.h"

#include <cstddef>
#include <cstdint>

#include "tls_lib/base/der.h"

namespace keyhold {
namespace {

constexpr size_t kLongestShortLength = 127;

bool HighestBitSet(absl::string_view number) {
  return static_cast<uint8_t>(number.front()) >= 0x80;
}

// One zero stays of a number that is zero.
absl::string_view WithoutLeadingZeros(absl::string_view number) {
  while (number.size() > 1 && number.front() == '\0') number.remove_prefix(1);
  return number;
}

// The highest bit is the sign (X.690 §8.3.3): a zero byte goes before it.
size_t IntegerSize(absl::string_view number) {
  return number.size() + (HighestBitSet(number) ? 1 : 0);
}

void AppendInteger(std::string& der, absl::string_view number) {
  der.push_back(static_cast<char>(kDerInteger));
  der.push_back(static_cast<char>(IntegerSize(number)));
  if (HighestBitSet(number)) der.push_back('\0');
  der.append(number.data(), number.size());
}

}  // namespace

// Written in one piece: this is on the way of every signature of the faster
// engines, and DerElement's strings would cost as much as the arithmetic.
std::string EncodeEcdsaSigValue(absl::string_view r, absl::string_view s) {
  r = WithoutLeadingZeros(r);
  s = WithoutLeadingZeros(s);
  const size_t size = 2 + IntegerSize(r) + 2 + IntegerSize(s);
  std::string der;
  der.reserve(3 + size);
  der.push_back(static_cast<char>(kDerSequence));
  if (size > kLongestShortLength) der.push_back('\x81');
  der.push_back(static_cast<char>(size));
  AppendInteger(der, r);
  AppendInteger(der, s);
  return der;
}

}  // namespace keyhold
