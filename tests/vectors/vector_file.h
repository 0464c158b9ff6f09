// Reads vectors.json; README.md says what its fields mean.
#ifndef KEYHOLD_TESTS_VECTORS_VECTOR_FILE_H_
#define KEYHOLD_TESTS_VECTORS_VECTOR_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"
#include "keyhold/signer/v1/sign.pb.h"

namespace keyhold {

// One vector: a JSON object. Reading a field that is not there gives the
// type's zero.
class Vector {
 public:
  explicit Vector(google::protobuf::Struct object)
      : object_(std::move(object)) {}

  bool Has(const std::string& field) const;
  std::string Text(const std::string& field) const;
  // From hexadecimal digits.
  std::string Bytes(const std::string& field) const;
  uint64_t Number(const std::string& field) const;
  bool Flag(const std::string& field) const;
  Vector Object(const std::string& field) const;
  std::vector<Vector> Objects(const std::string& field) const;
  std::vector<uint32_t> Numbers(const std::string& field) const;
  std::vector<std::string> Texts(const std::string& field) const;

 private:
  google::protobuf::Value Field(const std::string& name) const;

  google::protobuf::Struct object_;
};

// The whole file. Ends the process if it cannot be read.
Vector ReadVectorFile();

// A vector's field "request" as a message, made field by field.
signer::v1::SignRequest ToSignRequest(const Vector& request);
signer::v1::ChooseSchemeRequest ToChooseSchemeRequest(const Vector& request);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_VECTORS_VECTOR_FILE_H_
