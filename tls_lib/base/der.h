// The little of DER (X.690) that keys and certificates need. Reading a P-256
// key with OpenSSL's decoders costs a hundred microseconds or more, and leaves
// copies of it in freed memory; this reads in place.
#ifndef KEYHOLD_TLS_LIB_BASE_DER_H_
#define KEYHOLD_TLS_LIB_BASE_DER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace keyhold {

// Tags as they stand on the wire.
constexpr uint8_t kDerBoolean = 0x01;
constexpr uint8_t kDerInteger = 0x02;
constexpr uint8_t kDerBitString = 0x03;
constexpr uint8_t kDerOctetString = 0x04;
constexpr uint8_t kDerNull = 0x05;
constexpr uint8_t kDerOid = 0x06;
constexpr uint8_t kDerUtf8String = 0x0c;
constexpr uint8_t kDerUtcTime = 0x17;
constexpr uint8_t kDerGeneralizedTime = 0x18;
constexpr uint8_t kDerSequence = 0x30;
// [n] of a constructed and of a primitive type; n is below 31.
constexpr uint8_t DerExplicit(int n) { return static_cast<uint8_t>(0xa0 | n); }
constexpr uint8_t DerImplicit(int n) { return static_cast<uint8_t>(0x80 | n); }

// Reads elements from the front. Strict: definite lengths in their shortest
// form, tags of one byte. The bytes must outlive the reader and what it
// returns. Not thread-safe.
class DerReader {
 public:
  struct Element {
    uint8_t tag;
    absl::string_view contents;
    // With tag and length.
    absl::string_view whole;
  };

  explicit DerReader(absl::string_view der) : der_(der) {}

  bool empty() const { return der_.empty(); }
  // Whether another element follows and has this tag.
  bool Next(uint8_t tag) const {
    return !der_.empty() && static_cast<uint8_t>(der_[0]) == tag;
  }

  // Null, and reads nothing, if no well-formed element follows.
  std::optional<Element> ReadElement();
  // The contents of the next element if it has this tag. Null, and reads
  // nothing, if not.
  std::optional<absl::string_view> Read(uint8_t tag);
  // The magnitude of the next element if it is an INTEGER that is not
  // negative: big-endian, without leading zeros ("" is zero).
  std::optional<absl::string_view> ReadUnsigned();
  // The bytes of the next element if it is a BIT STRING of whole bytes.
  std::optional<absl::string_view> ReadBitString();

 private:
  absl::string_view der_;
};

// An element with this tag and these contents. Not for secrets: the result
// is not wiped.
std::string DerElement(uint8_t tag, absl::string_view contents);
// A BIT STRING of whole bytes.
std::string DerBitString(absl::string_view bytes);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_DER_H_
