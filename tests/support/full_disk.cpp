#include "support/full_disk.hpp"

namespace slipway::test {

FullDisk::FullDisk(TestServer& server, std::string table) : server_(server), table_(std::move(table)) {
  server_.database().sql(
      "create sequence full_disk_met;"  // counts what is taken back, too
      "create function full_disk() returns trigger language plpgsql as $$ begin"
      " perform nextval('full_disk_met'); raise sqlstate '53100' using message = 'could not extend file'; end $$;"
      "create trigger full_disk before insert on " +
      table_ + " for each row execute function full_disk()");
}

FullDisk::~FullDisk() { server_.database().sql("drop trigger full_disk on " + table_ + "; drop function full_disk(); drop sequence full_disk_met"); }

int FullDisk::met() const { return std::stoi(server_.database().sql("select case when is_called then last_value else 0 end from full_disk_met")); }

}  // namespace slipway::test
