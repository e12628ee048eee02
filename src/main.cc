#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/load.hh"
#include "sys/error.hh"

int main(int argc, char** argv) {
  const auto complain = [](const std::exception& error, int code) {
    std::fprintf(stderr, "mptcp-bench: %s\n", error.what());
    return code;
  };
  CLI::App app{"Compares TCP and MPTCP for Valkey and Redis", "mptcp-bench"};
  mpb::add_load(app);
  try {
    app.parse(argc, argv);
    return mpb::kOk;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? mpb::kOk : mpb::kBadInput;
  } catch (const mpb::BadInput& error) {
    return complain(error, mpb::kBadInput);
  } catch (const mpb::CannotRun& error) {
    return complain(error, mpb::kCannotRun);
  } catch (const std::exception& error) {
    return complain(error, mpb::kFailed);
  }
}
