#include "proto/yaml/yaml_to_proto.h"

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "yaml-cpp/yaml.h"

namespace keyhold {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// "KeySettings" is "KEY_SETTINGS_".
std::string EnumPrefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(c);
  }
  return prefix + "_";
}

// yaml-cpp marks plain scalars "?" and quoted ones "!".
bool IsPlain(const YAML::Node& node) { return node.Tag() == "?"; }

std::string Child(absl::string_view path, absl::string_view name) {
  return path.empty() ? std::string(name) : absl::StrCat(path, ".", name);
}

class Reader {
 public:
  explicit Reader(absl::string_view file) : map_(file) {}

  void ReadMessage(const YAML::Node& node, const std::string& path,
                   Message& message);
  absl::StatusOr<SourceMap> Finish() &&;

 private:
  void Fault(const std::string& path, const std::string& what) {
    faults_.push_back(map_.Describe(path, what));
  }
  void Note(const YAML::Node& node, const std::string& path);
  void ReadField(const YAML::Node& node, const std::string& path,
                 const FieldDescriptor& field, Message& message);
  void ReadList(const YAML::Node& node, const std::string& path,
                const FieldDescriptor& field, Message& message);
  void ReadValue(const YAML::Node& node, const std::string& path,
                 const FieldDescriptor& field, Message& message);
  void ReadEnum(const YAML::Node& node, const std::string& path,
                const FieldDescriptor& field, Message& message);
  template <typename Integer>
  void ReadInteger(const YAML::Node& node, const std::string& path,
                   const FieldDescriptor& field, Message& message,
                   void (Reflection::*set)(Message*, const FieldDescriptor*,
                                           Integer) const,
                   void (Reflection::*add)(Message*, const FieldDescriptor*,
                                           Integer) const);

  SourceMap map_;
  std::vector<std::string> faults_;
};

void Reader::Note(const YAML::Node& node, const std::string& path) {
  const YAML::Mark mark = node.Mark();
  if (!mark.is_null()) map_.Add(path, mark.line + 1, mark.column + 1);
}

std::string FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    names.push_back(type.field(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

void Reader::ReadMessage(const YAML::Node& node, const std::string& path,
                         Message& message) {
  if (!node.IsMap()) {
    Fault(path, absl::StrCat("expected fields (",
                             FieldNames(*message.GetDescriptor()), ")"));
    return;
  }
  absl::flat_hash_set<std::string> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      Note(entry.first, path);
      Fault(path, "a field's name must be plain text");
      continue;
    }
    const std::string& name = entry.first.Scalar();
    const std::string field_path = Child(path, name);
    const FieldDescriptor* field =
        message.GetDescriptor()->FindFieldByName(name);
    if (!seen.insert(name).second) {
      SourceMap here(map_.file());
      here.Add("", entry.first.Mark().line + 1, entry.first.Mark().column + 1);
      faults_.push_back(here.Describe(
          "", absl::StrCat(field_path, ": given twice; keep one")));
      continue;
    }
    Note(entry.first, field_path);
    if (field == nullptr) {
      Fault(field_path, absl::StrCat("unknown field; known here: ",
                                     FieldNames(*message.GetDescriptor())));
      continue;
    }
    if (!entry.second.IsDefined() || entry.second.IsNull()) {
      Fault(field_path, "has no value; give it one or remove the line");
      continue;
    }
    ReadField(entry.second, field_path, *field, message);
  }
}

void Reader::ReadField(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor& field, Message& message) {
  if (field.is_repeated()) {
    ReadList(node, path, field, message);
  } else {
    ReadValue(node, path, field, message);
  }
}

void Reader::ReadList(const YAML::Node& node, const std::string& path,
                      const FieldDescriptor& field, Message& message) {
  if (!node.IsSequence()) {
    Fault(path, "expected a list ([a, b], or one \"- \" line for each)");
    return;
  }
  int index = 0;
  for (const auto& element : node) {
    const std::string element_path = absl::StrCat(path, "[", index++, "]");
    Note(element, element_path);
    if (element.IsNull()) {
      Fault(element_path, "has no value; give it one or remove the line");
      continue;
    }
    ReadValue(element, element_path, field, message);
  }
}

void Reader::ReadEnum(const YAML::Node& node, const std::string& path,
                      const FieldDescriptor& field, Message& message) {
  std::vector<std::string> allowed;
  const EnumValueDescriptor* chosen = nullptr;
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    const EnumValueDescriptor* value = field.enum_type()->value(i);
    if (value->number() == 0) continue;  // "unspecified"
    allowed.push_back(YamlEnumName(*value));
    if (allowed.back() == node.Scalar()) chosen = value;
  }
  if (chosen == nullptr) {
    Fault(path, absl::StrCat("unknown value \"", node.Scalar(),
                             "\"; allowed: ", absl::StrJoin(allowed, ", ")));
  } else if (field.is_repeated()) {
    message.GetReflection()->AddEnum(&message, &field, chosen);
  } else {
    message.GetReflection()->SetEnum(&message, &field, chosen);
  }
}

template <typename Integer>
void Reader::ReadInteger(
    const YAML::Node& node, const std::string& path,
    const FieldDescriptor& field, Message& message,
    void (Reflection::*set)(Message*, const FieldDescriptor*, Integer) const,
    void (Reflection::*add)(Message*, const FieldDescriptor*, Integer) const) {
  const std::string& text = node.Scalar();
  Integer value = 0;
  const bool digits = !text.empty() &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  if (!IsPlain(node) || !digits || !absl::SimpleAtoi(text, &value)) {
    Fault(path, absl::StrCat("expected a whole number from 0 to ",
                             std::numeric_limits<Integer>::max(),
                             " without quotes, got \"", text, "\""));
    return;
  }
  (message.GetReflection()->*(field.is_repeated() ? add : set))(&message,
                                                                &field, value);
}

void Reader::ReadValue(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor& field, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    Message* child = field.is_repeated()
                         ? reflection.AddMessage(&message, &field)
                         : reflection.MutableMessage(&message, &field);
    ReadMessage(node, path, *child);
    return;
  }
  if (!node.IsScalar()) {
    Fault(path, "expected a single value");
    return;
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      ReadEnum(node, path, field, message);
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      ReadInteger<uint32_t>(node, path, field, message, &Reflection::SetUInt32,
                            &Reflection::AddUInt32);
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      ReadInteger<uint64_t>(node, path, field, message, &Reflection::SetUInt64,
                            &Reflection::AddUInt64);
      return;
    case FieldDescriptor::CPPTYPE_BOOL: {
      const std::string& text = node.Scalar();
      if (!IsPlain(node) || (text != "true" && text != "false")) {
        Fault(path,
              absl::StrCat("expected true or false without quotes, got \"",
                           text, "\""));
      } else if (field.is_repeated()) {
        reflection.AddBool(&message, &field, text == "true");
      } else {
        reflection.SetBool(&message, &field, text == "true");
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.is_repeated()) {
        reflection.AddString(&message, &field, node.Scalar());
      } else {
        reflection.SetString(&message, &field, node.Scalar());
      }
      return;
    default:
      GOOGLE_LOG(FATAL) << "no YAML form for " << field.full_name();
  }
}

absl::StatusOr<SourceMap> Reader::Finish() && {
  if (!faults_.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(faults_, "\n"));
  }
  return std::move(map_);
}

}  // namespace

std::string YamlEnumName(const EnumValueDescriptor& value) {
  const std::string prefix = EnumPrefix(*value.type());
  absl::string_view name = value.name();
  if (name.substr(0, prefix.size()) == prefix)
    name.remove_prefix(prefix.size());
  return absl::AsciiStrToLower(name);
}

absl::StatusOr<SourceMap> YamlToProto(absl::string_view file,
                                      absl::string_view yaml,
                                      Message& message) {
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(std::string(yaml));
  } catch (const YAML::Exception& error) {
    SourceMap here(file);
    if (!error.mark.is_null()) {
      here.Add("", error.mark.line + 1, error.mark.column + 1);
    }
    return absl::InvalidArgumentError(
        here.Describe("", absl::StrCat("not YAML: ", error.msg)));
  }
  if (documents.empty() || documents[0].IsNull()) {
    return absl::InvalidArgumentError(
        SourceMap(file).Describe("", "the file is empty"));
  }
  if (documents.size() > 1) {
    return absl::InvalidArgumentError(SourceMap(file).Describe(
        "", "expected one YAML document, found several (\"---\" lines)"));
  }
  Reader reader(file);
  reader.ReadMessage(documents[0], "", message);
  return std::move(reader).Finish();
}

}  // namespace keyhold
