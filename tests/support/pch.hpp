// What nearly every test includes: the tree's own precompiled header, and GoogleTest.
#pragma once

#include "base/pch.hpp"

#include <gtest/gtest.h>
