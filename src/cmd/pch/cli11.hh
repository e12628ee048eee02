// Compiled before the rest of this folder, which includes it by itself (cpp_pch).
#include <CLI/CLI.hpp>
