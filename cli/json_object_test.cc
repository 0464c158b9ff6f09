#include "cli/json_object.h"

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(JsonObjectTest, KeepsTheOrderOfItsMembers) {
  EXPECT_EQ(JsonObject().Add("z", "text").Add("a", 7).Add("m", true).ToText(),
            R"({"z": "text", "a": 7, "m": true})");
}

TEST(JsonObjectTest, EmptyObjectAndLists) {
  EXPECT_EQ(JsonObject().ToText(), "{}");
  EXPECT_EQ(JsonObject()
                .Add("texts", std::vector<std::string>())
                .Add("objects", std::vector<JsonObject>())
                .ToText(),
            R"({"texts": [], "objects": []})");
}

TEST(JsonObjectTest, Nests) {
  EXPECT_EQ(
      JsonObject()
          .Add("one", JsonObject().Add("a", 1))
          .Add("texts", std::vector<std::string>{"x", "y"})
          .Add("objects",
               std::vector<JsonObject>{JsonObject(), JsonObject().Add("b", 2)})
          .ToText(),
      R"({"one": {"a": 1}, "texts": ["x", "y"], "objects": [{}, {"b": 2}]})");
}

TEST(JsonObjectTest, EscapesWhatMustBeEscaped) {
  EXPECT_EQ(JsonObject().Add("a\"b", "c\\d\ne\tf\x01 é").ToText(),
            R"({"a\"b": "c\\d\ne\u0009f\u0001 é"})");
}

}  // namespace
}  // namespace keyhold
