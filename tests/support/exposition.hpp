// Reads Prometheus' text format strictly, as promtool would: what it cannot read, or would warn of, is an error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::test {

class Exposition {
 public:
  explicit Exposition(std::string_view text);

  const std::vector<std::string>& errors() const { return errors_; }
  // The value of `series` as it is written, such as `name{a="b"}`; -1 when it is not there.
  double value(const std::string& series) const;
  bool has(const std::string& series) const { return values_.contains(series); }
  // How many series a family has; a histogram's buckets are one each.
  std::size_t series_of(const std::string& family) const;
  const std::map<std::string, std::string>& types() const { return types_; }

 private:
  void read_comment(std::string_view line);
  void read_sample(std::string_view line);
  void check_histograms();
  void fault(std::string_view line, std::string why);

  std::map<std::string, std::string> types_;                // family -> type
  std::map<std::string, double> values_;                    // series -> value
  std::vector<std::pair<std::string, std::string>> order_;  // family and series, in order
  std::string family_, helped_;
  std::vector<std::string> errors_;
};

}  // namespace slipway::test
