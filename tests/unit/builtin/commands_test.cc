#include "builtin/commands.hh"

#include <gtest/gtest.h>

#include <random>

#include "builtin/parser.hh"

namespace mpb {
namespace {

using Status = ParsedCommand::Status;
using Command = std::vector<std::string>;

// Everything that a connection would make of these pieces: the commands, and the error that ends
// it.
struct Conversation {
  std::vector<Command> commands;
  std::string error;
  bool operator==(const Conversation&) const = default;
};

Conversation converse(std::initializer_list<std::string_view> pieces) {
  Conversation said;
  std::string buffer;
  std::vector<std::string_view> args;
  for (const std::string_view piece : pieces) {
    buffer += piece;
    while (said.error.empty()) {
      const ParsedCommand command = parse_command(buffer, args);
      if (command.status == Status::kBroken) said.error = command.error;
      if (command.status != Status::kComplete) break;
      said.commands.emplace_back(args.begin(), args.end());
      buffer.erase(0, command.consumed);
    }
  }
  return said;
}

std::string error_of(std::string_view text) { return converse({text}).error; }

const std::string_view kStream =
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\na\r\nb\r\n\r\n*0\r\nPING\r\n\r\n  get \t k "
    "\n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n*1\r\n$4\r\nQUIT\r\n";

TEST(Parser, ReadsArraysAndLines) {
  const Conversation expected{
      {{"SET", "k", "a\r\nb\r\n"}, {}, {"PING"}, {}, {"get", "k"}, {"ECHO", ""}, {"QUIT"}}, ""};
  EXPECT_EQ(converse({kStream}).commands, expected.commands);
  EXPECT_EQ(converse({kStream}).error, "");
}

TEST(Parser, DoesNotCareWhereTheStreamIsCut) {
  const Conversation whole = converse({kStream});
  for (std::size_t first = 0; first <= kStream.size(); ++first) {
    for (std::size_t second = first; second <= kStream.size(); ++second) {
      ASSERT_EQ(converse({kStream.substr(0, first), kStream.substr(first, second - first),
                          kStream.substr(second)}),
                whole)
          << "cut at " << first << " and " << second;
    }
  }
}

TEST(Parser, RefusesWhatCannotBecomeACommand) {
  for (const char* count : {"-1", "1025", "99999999999999999999", "x", "", " 1", "+1", "1 "}) {
    EXPECT_EQ(error_of("*" + std::string(count) + "\r\n"),
              "ERR Protocol error: invalid multibulk length")
        << count;
  }
  for (const char* length :
       {"-1", "536870913", "18446744073709551615", "18446744073709551616", "x", ""}) {
    EXPECT_EQ(error_of("*1\r\n$" + std::string(length) + "\r\n"),
              "ERR Protocol error: invalid bulk length")
        << length;
  }
  EXPECT_EQ(error_of("*1\r\n:1\r\n"), "ERR Protocol error: expected '$'");
  EXPECT_EQ(error_of("*1\r\n$4\r\nPINGxx"),
            "ERR Protocol error: a bulk string does not end with CR LF");
}

TEST(Parser, WaitsForNoEndOfALineThatIsTooLong) {
  EXPECT_EQ(error_of("*" + std::string(32, '1')), "ERR Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*1\r\n$" + std::string(32, '1')), "ERR Protocol error: invalid bulk length");
  EXPECT_EQ(error_of(std::string(kLongestInline, 'x')), "");
  EXPECT_EQ(error_of(std::string(kLongestInline + 1, 'x')),
            "ERR Protocol error: too big inline request");
  std::string words;
  for (std::size_t i = 0; i <= kMostArguments; ++i) words += "x ";
  EXPECT_EQ(error_of(words + "\n"), "ERR Protocol error: too many arguments");
}

TEST(Parser, TakesTheLargestValueThatTheProtocolAllows) {
  std::vector<std::string_view> args;
  EXPECT_EQ(parse_command("*1\r\n$536870912\r\n", args).status, Status::kIncomplete);
}

// Random bytes, and commands with a few bytes changed, dropped or doubled: whatever comes of it
// stays inside the input and the limits, the store answers each command with one reply, and its
// memory stays within its bound.
TEST(Parser, AndCommandsSurviveNoise) {
  constexpr std::size_t kLimit = 4096;
  const std::string words[] = {"GET",           "SET",    "DEL",  "SELECT", "HELLO",
                               "CLIENT",        "CONFIG", "INFO", "\r\n",   "*2\r\n",
                               "$3\r\nabc\r\n", "-1",     "3"};
  std::mt19937_64 random(1);
  Commands store(kLimit, "no");
  Session session;
  std::vector<std::string_view> args;
  std::size_t commands = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text(round % 3 == 0 ? "" : kStream);
    for (std::uint64_t i = random() % 8; i > 0; --i) {
      const std::size_t at = random() % (text.size() + 1);
      switch (random() % 3) {
        case 0:
          text.insert(at, words[random() % std::size(words)]);
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(random()));
          break;
        case 2:
          text.erase(at, random() % 4);
      }
    }
    std::string_view left = text;
    while (!left.empty()) {
      const ParsedCommand command = parse_command(left, args);
      ASSERT_LE(args.size(), kMostArguments);
      if (command.status != Status::kComplete) break;
      ASSERT_GT(command.consumed, 0u);
      ASSERT_LE(command.consumed, left.size());
      for (const std::string_view arg : args) {
        ASSERT_TRUE(arg.empty() || (arg.data() >= left.data() &&
                                    arg.data() + arg.size() <= left.data() + command.consumed));
      }
      if (!args.empty()) {
        std::string reply;
        store.execute(args, session, reply);
        ASSERT_NE(std::string_view("+-:$*%_").find(reply.at(0)), std::string_view::npos) << reply;
        ASSERT_TRUE(reply.ends_with("\r\n"));
        ++commands;
      }
      left.remove_prefix(command.consumed);
    }
  }
  EXPECT_GT(commands, 50'000u);
  EXPECT_LE(store.memory(), kLimit);
}

class StoreCommands : public ::testing::Test {
 protected:
  std::string ask(const Command& words) {
    std::string out;
    store.execute({words.begin(), words.end()}, session, out);
    return out;
  }

  Commands store{10'000, "yes"};
  Session session;
};

TEST_F(StoreCommands, AnswerVerbatim) {
  const std::pair<Command, std::string> exchanges[] = {
      {{"PING"}, "+PONG\r\n"},
      {{"ping", "hello"}, "$5\r\nhello\r\n"},
      {{"ECHO", "a\r\nb"}, "$4\r\na\r\nb\r\n"},
      {{"GET", "k"}, "$-1\r\n"},
      {{"SET", "k", "v"}, "+OK\r\n"},
      {{"get", "k"}, "$1\r\nv\r\n"},
      {{"EXISTS", "k", "k", "none"}, ":2\r\n"},
      {{"DBSIZE"}, ":1\r\n"},
      {{"SELECT", "3"}, "+OK\r\n"},
      {{"GET", "k"}, "$-1\r\n"},
      {{"SELECT", "0"}, "+OK\r\n"},
      {{"DEL", "k", "none"}, ":1\r\n"},
      {{"UNLINK", "k"}, ":0\r\n"},
      {{"SELECT", "16"}, "-ERR DB index is out of range\r\n"},
      {{"SELECT", "x"}, "-ERR invalid DB index\r\n"},
      {{"SET", "k"}, "-ERR wrong number of arguments for 'set' command\r\n"},
      {{"SET", "k", "v", "EX", "10"},
       "-ERR syntax error: this store's SET takes a key and a value, no options\r\n"},
      {{"GET"}, "-ERR wrong number of arguments for 'get' command\r\n"},
      {{"FLUSHALL"}, "-ERR unknown command 'FLUSHALL'\r\n"},
      {{"bad\r\nname"}, "-ERR unknown command 'bad??name'\r\n"},
      {{"AUTH", "x"},
       "-ERR AUTH <password> called without any password configured for the default user. Are you "
       "sure your configuration is correct?\r\n"},
      {{"CLIENT", "GETNAME"}, "$-1\r\n"},
      {{"CLIENT", "SETNAME", "me"}, "+OK\r\n"},
      {{"CLIENT", "GETNAME"}, "$2\r\nme\r\n"},
      {{"CLIENT", "SETINFO", "LIB-NAME", "x"}, "+OK\r\n"},
      {{"CLIENT", "KILL"},
       "-ERR unknown subcommand 'KILL'. Try CLIENT ID, GETNAME or SETNAME.\r\n"},
      {{"CONFIG", "GET", "save"}, "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"},
      {{"CONFIG", "GET", "appendonly", "mptcp"},
       "*4\r\n$10\r\nappendonly\r\n$2\r\nno\r\n$5\r\nmptcp\r\n$3\r\nyes\r\n"},
      {{"CONFIG", "GET", "unheard-of"}, "*0\r\n"},
      {{"CONFIG", "SET", "save", ""},
       "-ERR this store is configured on its command line; only CONFIG GET is supported\r\n"},
      {{"COMMAND"}, "*0\r\n"},
      {{"COMMAND", "COUNT"}, ":0\r\n"},
      {{"HELLO", "4"}, "-NOPROTO unsupported protocol version\r\n"},
      {{"HELLO"},
       "*14\r\n$6\r\nserver\r\n$11\r\nmptcp-bench\r\n$7\r\nversion\r\n$5\r\n0.1.0\r\n$"
       "5\r\nproto\r\n:2\r\n$2\r\nid\r\n:0\r\n$4\r\nmode\r\n"
       "$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"},
      {{"QUIT"}, "+OK\r\n"},
  };
  for (const auto& [command, reply] : exchanges) EXPECT_EQ(ask(command), reply) << command[0];
  EXPECT_TRUE(session.quit);
}

TEST_F(StoreCommands, SpeakRESP3WhenAsked) {
  EXPECT_EQ(ask({"HELLO", "3"}).rfind("%7\r\n", 0), 0u);
  EXPECT_EQ(ask({"GET", "k"}), "_\r\n");
  EXPECT_EQ(ask({"CONFIG", "GET", "save"}), "%1\r\n$4\r\nsave\r\n$0\r\n\r\n");
}

TEST_F(StoreCommands, TellTheirState) {
  ask({"SET", "k", "v"});
  store.clients = 7;
  const std::string info = ask({"INFO", "server"});
  for (const char* line :
       {"redis_version:7.0.0\r\n", "mptcp_bench_version:0.1.0\r\n", "\r\nrun_id:", "mptcp:yes\r\n",
        "cmdstat_get:calls=0\r\n", "cmdstat_set:calls=1\r\n", "connected_clients:7\r\n",
        "maxmemory:10000\r\n", "db0:keys=1,expires=0,avg_ttl=0\r\n"}) {
    EXPECT_NE(info.find(line), std::string::npos) << line;
  }
}

TEST_F(StoreCommands, KeepWithinTheirMemory) {
  const std::string oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  EXPECT_EQ(ask({"SET", "k", std::string(10'000, 'x')}), oom);
  EXPECT_EQ(store.memory(), 0u);
  EXPECT_EQ(ask({"SET", "k", std::string(9'000, 'x')}), "+OK\r\n");
  EXPECT_EQ(ask({"SET", "k", std::string(9'500, 'y')}),
            "+OK\r\n");  // in its place, not in addition to it
  EXPECT_EQ(ask({"SET", "k", std::string(9'999, 'z')}), oom);
  EXPECT_EQ(ask({"GET", "k"}),
            "$9500\r\n" + std::string(9'500, 'y') + "\r\n");  // a refused SET leaves the value
  EXPECT_EQ(ask({"SET", "k2", std::string(500, 'x')}), oom);
  ask({"SELECT", "1"});
  EXPECT_EQ(ask({"SET", "k", std::string(500, 'x')}),
            oom);  // the bound is on all databases together
  ask({"SELECT", "0"});
  EXPECT_EQ(ask({"SET", "k", "small"}), "+OK\r\n");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(ask({"SET", "key" + std::to_string(i), std::string(100, 'x')}), "+OK\r\n");
  EXPECT_GT(store.memory(), 20u * 100);
  ask({"DEL", "k"});
  for (int i = 0; i < 20; ++i) ask({"DEL", "key" + std::to_string(i)});
  EXPECT_EQ(store.memory(), 0u);
}

}  // namespace
}  // namespace mpb
