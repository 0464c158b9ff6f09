// RemoteSigningKey passes the suite of AsyncSigner, with either signer.
#include "tests/conformance/async_signer_conformance.h"

#include <memory>

#include "gtest/gtest.h"
#include "tests/contract/remote_backend.h"

namespace keyhold {
namespace {

INSTANTIATE_TEST_SUITE_P(Remote, AsyncSignerConformance,
                         testing::Values(SigningKeyImplementation{
                             "Remote",
                             [] {
                               return std::make_shared<RemoteBackend>(
                                   AsyncSignerConformance::Keys());
                             }}),
                         AsyncSignerConformance::Name);

}  // namespace
}  // namespace keyhold
