#include "base/foreground.hpp"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(Foreground, ItsEndIsToldAsAShellTellsIt) {
  EXPECT_EQ(run_in_foreground({"sh", "-c", "exit 7"}), 7);
  EXPECT_EQ(run_in_foreground({"sh", "-c", "kill -KILL $$"}), 137);
  EXPECT_EQ(run_in_foreground({"sh", "-c", "test \"$PWD\" = /"}, "/"), 0);
  EXPECT_EQ(run_in_foreground({"sh", "-c", "test \"$WHO$HOME\" = me"}, {}, {"WHO=me", "PATH=/usr/bin:/bin"}), 0);
  const auto missing = run_in_foreground({"/nowhere/program"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
}

TEST(Foreground, StaysInOurGroupSoThatItMayReadFromTheTerminal) {
  EXPECT_EQ(run_in_foreground({"sh", "-c", "test \"$(ps -o pgid= -p $$)\" = \"$(ps -o pgid= -p $PPID)\""}), 0);
}

TEST(Foreground, WhatEndsUsEndsItAndWeOutliveIt) {
  EXPECT_EQ(run_in_foreground({"sh", "-c", "trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.05; done"}), 9);
  EXPECT_EQ(run_in_foreground({"sh", "-c", "kill -INT $PPID; exit 3"}), 3);
}

}  // namespace
}  // namespace slipway
