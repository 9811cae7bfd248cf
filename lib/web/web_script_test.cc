// SPDX-License-Identifier: Apache-2.0
// Runs tests/web/*.exchange, and holds the server against its description: what is answered is described, and what is
// described has been answered. How the files read is in tests/web/README.md; a new case is a new file.
#include <gtest/gtest.h>

#include "web/detail/openapi_document.h"
#include "web/detail/routes.h"
#include "web/testing/script.h"

namespace cose::web {
namespace {

const testing::OpenApi& api() {
  static const testing::OpenApi kApi(COSE_TESTS_DIR "/../docs/protocols/openapi.json");
  return kApi;
}

std::vector<std::filesystem::path> scripts() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/web"))
    if (entry.path().extension() == ".exchange") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

class WebScript : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(WebScript, GoesAsWritten) {
  std::ifstream file(GetParam());
  ASSERT_TRUE(file);
  EXPECT_EQ(testing::Exchange(api()).run(file), "");
}

INSTANTIATE_TEST_SUITE_P(Files, WebScript, ::testing::ValuesIn(scripts()), [](const auto& tested) {
  auto name = tested.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

// The runner itself must be able to fail.
TEST(WebScriptRunner, FindsWhatIsWrong) {
  for (const auto* wrong : {"A> GET /healthz\nA< 404\n", "A> GET /healthz\nA< 200 {\"status\":\"bad\"*\n",
                            "A> GET /healthz\n", "A> GET /healthz\nA< nothing yet\n"}) {
    std::istringstream script(wrong);
    EXPECT_NE(testing::Exchange(api()).run(script), "") << wrong;
  }
  EXPECT_NE(api().check_response("/healthz", "GET", 200, "application/json", R"({"status":"ok"})"), "");
  EXPECT_NE(api().check_response("/healthz", "GET", 200, "text/plain", "ok"), "");
  EXPECT_NE(api().check_response("/healthz", "GET", 201, "application/json", R"({"status":"ok","grid":"g"})"), "");
  EXPECT_NE(api().check_response("/healthz", "GET", 200, "application/json", R"({"status":"ok","grid":"g","more":1})"),
            "");
  EXPECT_EQ(api().check_response("/healthz", "GET", 200, "application/json", R"({"status":"ok","grid":"g"})"), "");
  EXPECT_NE(api().check_request("/api/v1/sessions", "POST", "application/json", R"({"seid":"a b"})"), "");
}

TEST(OpenApi, SaysAllThatTheServerDoesAndNothingElse) {
  std::set<std::string> exercised;
  for (const auto& script : scripts()) {
    std::ifstream file(script);
    testing::Exchange exchange(api());
    EXPECT_EQ(exchange.run(file), "") << script;
    exercised.insert(exchange.exercised().begin(), exchange.exercised().end());
  }
  const auto described = api().described();
  for (const auto& each : described)
    EXPECT_TRUE(exercised.contains(each)) << each << " is described, and no test brings it about";
  for (const auto& each : exercised) EXPECT_TRUE(described.contains(each)) << each << " is not described";
  std::set<std::string> operations;
  for (const auto& each : described) operations.insert(each.substr(0, each.rfind(' ')));
  std::set<std::string> routes;
  for (const auto& route : detail::routes()) routes.insert(std::string(route.method) + " " + std::string(route.path));
  EXPECT_EQ(operations, routes);
}

TEST(OpenApi, IsBuiltIn) {
  std::ifstream file(COSE_TESTS_DIR "/../docs/protocols/openapi.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(openapi_document(), text);
}

}  // namespace
}  // namespace cose::web
