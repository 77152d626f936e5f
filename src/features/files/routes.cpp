#include "http/routes.hpp"
#include "aio/blocking.hpp"
#include "api/gen/versions.hpp"
#include "crypto/hash.hpp"
#include "features/files/files.hpp"
#include "features/files/objects.hpp"
#include "formats/archive.hpp"

namespace slipway::files {

namespace {

constexpr std::size_t kMostBytes = 10 << 20;
// Of one person, and of no template's version.
constexpr std::int64_t kMostUnused = 200, kMostUnusedBytes = 256 << 20;
constexpr std::string_view kTar = "application/x-tar";
constexpr std::string_view kZip = "application/zip";

std::string_view bare_type(std::string_view header) {
  header = header.substr(0, header.find(';'));
  while (header.ends_with(' ')) header.remove_suffix(1);
  return header == "application/x-zip-compressed" ? kZip : header;
}

Task<Result<http::Raw>> upload(http::Call& call) {
  const auto type = bare_type(call.request().headers.get("Content-Type"));
  if (type != kTar && type != kZip)
    co_return fail(Code::invalid, fmt::format("Unsupported content type header \"{}\".", type),
                   "Upload a tar (application/x-tar) or a zip (application/zip).");
  CO_TRY(bytes, co_await call.exchange().body(kMostBytes));
  CO_TRY(kept, co_await keep(call, std::string(type), std::move(bytes)));
  co_return http::Raw{http::json(kept.fresh ? 201 : 200, api::to_json(api::UploadResponse{.hash = kept.id.uuid}))};
}

Task<Result<std::string>> bytes_of(http::Call& call, const sql::Stored& row) {
  CO_TRY(may, (call.store().permit<rbac::Action::read, rbac::Resource::file>(sql::object_of(row))));
  CO_TRY(bytes, co_await sql::data(call.store(), may));
  co_return std::move(bytes.data);
}

// Through a template that uses the file and that this actor may change.
Task<Result<sql::ByTemplateRow>> read_by_template(http::Call& call, FileId id) {
  CO_TRY(templates, co_await sql::templates_of(call.store(), id));
  for (const auto& found : templates) {
    auto may = call.store().permit<rbac::Action::update, rbac::Resource::template_>(sql::object_of(found));
    if (!may) continue;
    CO_TRY(row, co_await sql::by_template(call.store(), *may, id));
    if (row) co_return std::move(*row);
  }
  co_return not_found();
}

Task<Result<http::Raw>> download(http::Call& call) {
  CO_TRY(id, call.path_id<FileId>("file"));
  const auto format = call.query("format").value_or("");
  if (!format.empty() && format != "zip" && format != "tar")
    co_return fail_field("Query parameters have invalid values.", "format", "format must be tar or zip.");
  std::string data, type;
  CO_TRY(own_file, co_await sql::by_id(call.store(), id));
  if (own_file) {
    CO_TRY(bytes, co_await bytes_of(call, *own_file));
    data = std::move(bytes);
    type = own_file->mimetype;
  } else {
    CO_TRY(shared, co_await read_by_template(call, id));
    data = std::move(shared.data.data);
    type = shared.mimetype;
  }
  const std::string wanted(format == "zip" ? kZip : format == "tar" ? kTar : std::string_view(type));
  if (wanted != type) {
    const auto convert = [&] { return formats::convert_archive(data, wanted == kZip ? formats::ArchiveKind::zip : formats::ArchiveKind::tar); };
    CO_TRY(converted, co_await aio::blocking(convert));
    data = std::move(converted);
  }
  net::Response response{.status = 200, .headers = {{"Content-Type", wanted}, {"Content-Disposition", "attachment"}}, .body = std::move(data)};
  co_return http::Raw{std::move(response)};
}

// It begins its day anew, so that it is still there when its version is made.
Task<Result<Upload>> renewed(http::Call& call, FileId id) {
  const rbac::Object object{.type = rbac::Resource::file, .id = id.uuid, .owner = call.actor().user_id};
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, tx.permit<rbac::Action::create, rbac::Resource::file>(object));
    co_return co_await sql::renew(tx, may, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return Upload{id, false};
}

}  // namespace

Task<Result<Upload>> keep(http::Call& call, std::string mimetype, std::string data) {
  const auto inspect = [&]() -> Result<std::string> {
    TRY_OK(formats::check_archive(data));
    return crypto::sha256_hex(data);
  };
  CO_TRY(hash, co_await aio::blocking(inspect));
  CO_TRY(known, co_await sql::by_hash(call.store(), hash, call.actor().user_id));
  if (known) co_return co_await renewed(call, known->id);
  const auto id = FileId::random();
  const rbac::Object object{.type = rbac::Resource::file, .id = id.uuid, .owner = call.actor().user_id};
  const sql::InsertArgs file{.hash = hash,
                             .mimetype = std::move(mimetype),
                             .data = {std::move(data)},
                             .now = call.now(),
                             .most_files = kMostUnused,
                             .most_bytes = kMostUnusedBytes};
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, tx.permit<rbac::Action::create, rbac::Resource::file>(object));
    co_return co_await sql::insert(tx, may, file);
  };
  CO_TRY(inserted, co_await call.store().tx(body));
  if (inserted > 0) co_return Upload{id, true};
  CO_TRY(stored, co_await sql::by_hash(call.store(), hash, call.actor().user_id));  // another upload of the same may have won
  if (stored) co_return Upload{stored->id, false};
  co_return fail(Code::too_large, "You have uploaded too much that no template uses.",
                 fmt::format("At most {} unused archives and {} MiB in all are kept, each for a day. Make a template version of one, or wait.",
                             kMostUnused, kMostUnusedBytes >> 20));
}

Task<Result<std::string>> read(http::Call& call, FileId id) {
  CO_TRY(row, co_await sql::by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return co_await bytes_of(call, *row);
}

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth, http::Rate;
  routes.post<Auth::user, Audit::none, http::Rate::api, http::Within::upload>("/api/v2/files", upload);
  routes.get<Auth::user, Audit::none>("/api/v2/files/{file}", download);
}

}  // namespace slipway::files
