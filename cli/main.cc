// The keyhold command.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/audit/audit_grep_command.h"
#include "cli/audit/audit_init_key_command.h"
#include "cli/audit/audit_tail_command.h"
#include "cli/audit/audit_verify_command.h"
#include "cli/check_config_command.h"
#include "cli/choose_command.h"
#include "cli/command_line.h"
#include "cli/csr_command.h"
#include "cli/doctor/doctor_command.h"
#include "cli/freeze_command.h"
#include "cli/init_command.h"
#include "cli/key_file_command.h"
#include "cli/keys_list_command.h"
#include "cli/keys_show_command.h"
#include "cli/policy_explain_command.h"
#include "cli/servers/setup_command.h"
#include "cli/sign_command.h"

int main(int argc, char** argv) {
  std::vector<std::unique_ptr<keyhold::Command>> commands;
  commands.push_back(std::make_unique<keyhold::InitCommand>());
  commands.push_back(std::make_unique<keyhold::CheckConfigCommand>());
  commands.push_back(std::make_unique<keyhold::KeysListCommand>());
  commands.push_back(std::make_unique<keyhold::KeysShowCommand>());
  commands.push_back(std::make_unique<keyhold::ChooseCommand>());
  commands.push_back(std::make_unique<keyhold::SignCommand>());
  commands.push_back(std::make_unique<keyhold::KeyFileCommand>());
  commands.push_back(std::make_unique<keyhold::SetupCommand>());
  commands.push_back(std::make_unique<keyhold::DoctorCommand>());
  commands.push_back(std::make_unique<keyhold::AuditVerifyCommand>());
  commands.push_back(std::make_unique<keyhold::AuditGrepCommand>());
  commands.push_back(std::make_unique<keyhold::AuditTailCommand>());
  commands.push_back(std::make_unique<keyhold::AuditInitKeyCommand>());
  commands.push_back(std::make_unique<keyhold::CsrCommand>());
  commands.push_back(std::make_unique<keyhold::PolicyExplainCommand>());
  for (const auto action : {keyhold::FreezeCommand::Action::kFreeze,
                            keyhold::FreezeCommand::Action::kUnfreeze,
                            keyhold::FreezeCommand::Action::kList}) {
    commands.push_back(std::make_unique<keyhold::FreezeCommand>(action));
  }
  return static_cast<int>(keyhold::RunCommandLine(
      commands, std::vector<std::string>(argv + 1, argv + argc),
      {std::cin, std::cout, std::cerr}));
}
