// The contract as data (contract/): its core routes, and whether a JSON value is what a type of it says.
#pragma once

#include <boost/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace slipway::test {

struct ContractRoute {
  std::string method, path, auth, request, response;
  int status = 0;
  std::string key() const;  // method and path with every brace alike: how it is found among the server's routes
};
std::string route_key(const std::string& method, const std::string& pattern);

class Contract {
 public:
  Contract();

  std::vector<ContractRoute> core;  // in the file's order

  // What is wrong with `value` as a `type` ("User", "array:Workspace", "uuid"...); each fault names the place. Nothing: it fits.
  std::vector<std::string> faults(const boost::json::value& value, const std::string& type) const;
  bool knows(const std::string& type) const { return types_.contains(type); }
  // The fields of an object type by their JSON kind: "string", "int", "bool", "uuid" ...; nothing for other types.
  std::map<std::string, std::string> fields(const std::string& type) const;

 private:
  void check(const boost::json::value& value, const std::string& type, const std::string& where, std::vector<std::string>& out) const;
  void check_object(const boost::json::value& value, const boost::json::object& fields, const std::string& where,
                    std::vector<std::string>& out) const;

  boost::json::object types_;
};

}  // namespace slipway::test
