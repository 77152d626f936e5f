// The inside of the renderer: what a template is once it is parsed, what it becomes with values, and the tree that is written three ways.
#pragma once

#include "features/notifications/render.hpp"

#include <boost/json.hpp>

namespace slipway::notifications::detail {

struct Node {
  enum class What { literal, value, section, inverse } what;
  std::string text;  // the literal, or the path
  std::vector<Node> inside = {};
};

// One stretch of what a template gave.
struct Piece {
  enum class What { literal, value, base, user } what;
  std::string text;  // as it is shown
  std::string raw;   // as it came; for addresses
};
using Pieces = std::vector<Piece>;

struct Context {
  const boost::json::object& root;
  bool for_many;
  int missing = 0;
};
Pieces expand(const std::vector<Node>& nodes, Context& context);

struct Run {
  enum class What { text, strong, code, link } what = What::text;
  Pieces pieces;
  std::string url;
};
struct Block {
  enum class What { paragraph, item, heading } what = What::paragraph;
  std::vector<Run> runs;
};
using Tree = std::vector<Block>;

// Marks come from literal pieces alone.
Tree tree_of(const Pieces& pieces);
// Nothing unless it leads to the deployment itself: the base, then a path without dot segments, with every value encoded and none empty.
std::string url_of(const Pieces& pieces);

std::string to_plain(const Tree& tree);
std::string to_markdown(const Tree& tree);
std::string to_html(const Tree& tree);

}  // namespace slipway::notifications::detail
