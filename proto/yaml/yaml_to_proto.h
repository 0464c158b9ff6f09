// Reads a YAML document into a protobuf message, by the message's descriptor.
//
// YAML keys are field names; enum values are written in lower case without
// their type's prefix (`tls13_server`). Whatever the schema does not know is
// an error, never skipped: an unknown field, a field given twice, a value of
// another type, a field without a value. Numbers are decimal digits; `true`
// and `false` are the only booleans; text may stand with or without quotes.
#ifndef KEYHOLD_PROTO_YAML_YAML_TO_PROTO_H_
#define KEYHOLD_PROTO_YAML_YAML_TO_PROTO_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "proto/yaml/source_map.h"

namespace keyhold {

// Fills `message`, which is empty. `file` is how errors call the file.
// Returns where each field stands.
//
// InvalidArgument: one line for each fault, all of them, each with file, line,
// column and field; `message` is then half filled. Messages may hold scalars,
// enums, messages and lists of these; a field of any other kind ends the
// process (a fault of the schema, not of the file).
absl::StatusOr<SourceMap> YamlToProto(absl::string_view file,
                                      absl::string_view yaml,
                                      google::protobuf::Message& message);

// The word for an enum value in YAML: "tls13_server".
std::string YamlEnumName(const google::protobuf::EnumValueDescriptor& value);

}  // namespace keyhold

#endif  // KEYHOLD_PROTO_YAML_YAML_TO_PROTO_H_
