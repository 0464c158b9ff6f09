#include "cli/audit/record_filter.h"

#include <optional>

#include "CLI/CLI.hpp"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/exit_code.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

bool TextMatches(absl::string_view pattern, absl::string_view text) {
  if (pattern.empty()) return true;
  if (absl::ConsumeSuffix(&pattern, "*")) {
    return absl::StartsWith(text, pattern);
  }
  return text == pattern;
}

// A key by its id, its id and label, or the beginning of its hash.
bool KeyMatches(absl::string_view pattern, const ParsedRecord& record) {
  if (pattern.empty()) return true;
  if (absl::ConsumePrefix(&pattern, "sha256:")) {
    return !pattern.empty() &&
           absl::StartsWith(record.Text("spki_sha256"), pattern);
  }
  const std::string key = record.Text("key");
  return TextMatches(pattern, key) || pattern == key.substr(0, key.find('@'));
}

}  // namespace

void RecordFilter::AddTo(CLI::App& app) {
  app.add_option("--identity", identity_,
                 "Who asked; may end in * (spiffe://example.org/web/*)");
  app.add_option("--key", key_,
                 "The key's id, may end in *; or sha256:HEX, of its public "
                 "half");
  app.add_option("--server-name", server_name_, "May end in *");
  app.add_option("--usage", usage_, "tls13_server, digest …; may end in *");
  app.add_option("--outcome", outcome_, "signed, refused or failed");
  app.add_option("--event", event_,
                 "sign, refused, start, recovered, gap, checkpoint …");
  app.add_option("--from", from_text_,
                 "The earliest time: 2026-01-02T03:04:05, UTC")
      ->type_name("TIME");
  app.add_option("--to", to_text_, "The first time that is too late")
      ->type_name("TIME");
}

absl::Status RecordFilter::Prepare() {
  for (const auto& [text, time] :
       {std::make_pair(&from_text_, &from_), std::make_pair(&to_text_, &to_)}) {
    if (text->empty()) continue;
    const absl::StatusOr<absl::Time> parsed = ParseRecordTime(*text);
    if (!parsed.ok()) return UsageError(parsed.status().message());
    *time = *parsed;
  }
  return absl::OkStatus();
}

bool RecordFilter::Matches(const ParsedRecord& record) const {
  const std::optional<absl::Time> time = record.Time();
  if (time.has_value() && (*time < from_ || *time >= to_)) return false;
  return TextMatches(event_, record.event()) &&
         TextMatches(identity_, record.Text("identity")) &&
         KeyMatches(key_, record) &&
         TextMatches(server_name_, record.Text("server_name")) &&
         TextMatches(usage_, record.Text("usage")) &&
         TextMatches(outcome_, record.Text("outcome"));
}

absl::StatusOr<absl::Time> ParseRecordTime(absl::string_view text) {
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M",
                             "%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*S%Ez"}) {
    absl::Time time;
    std::string ignored;
    if (absl::ParseTime(format, text, &time, &ignored)) return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(text),
                   "\" is no time; expected 2026-01-02, 2026-01-02T03:04:05 "
                   "(UTC) or 2026-01-02T03:04:05+01:00"));
}

std::string RecordText(const ParsedRecord& record) {
  std::string text = absl::StrCat(record.sequence(), "  ", record.Text("time"),
                                  "  ", record.event());
  const auto add = [&](absl::string_view label, absl::string_view name) {
    const std::string value = record.Text(name);
    if (!value.empty()) {
      absl::StrAppend(&text, "  ", label, absl::Utf8SafeCHexEscape(value));
    }
  };
  add("", "outcome");
  add("", "reason");
  add("", "identity");
  if (const std::optional<uint64_t> uid = record.Number("claimed_uid")) {
    absl::StrAppend(&text, "  for uid ", *uid);
  }
  add("key ", "key");
  add("", "usage");
  add("", "scheme");
  add("for ", "server_name");
  if (const std::optional<uint64_t> more = record.Number("repeats")) {
    absl::StrAppend(&text, "  (", *more, " more)");
  }
  if (const std::optional<uint64_t> missing = record.Number("missing")) {
    absl::StrAppend(&text, "  ", *missing, " records were not written");
  }
  if (const std::optional<uint64_t> torn = record.Number("torn_bytes")) {
    absl::StrAppend(&text, "  ", *torn, " torn bytes before it");
  }
  return text;
}

}  // namespace keyhold
