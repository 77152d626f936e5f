// What people read of each kind, and what nobody can make of it who only chooses values.
#include "features/notifications/render.hpp"

#include "base/text.hpp"
#include "features/notifications/template.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace slipway::notifications {
namespace {

const std::string kBase = "https://dev.example.com";

Values values(const std::string& labels, const std::string& data = "null") {
  return {.labels = labels, .data = data, .user_name = "Ana", .user_username = "ana", .user_email = "ana@example.com", .base_url = kBase};
}

Message shown_as(std::string_view title, std::string_view body, const Values& with, const std::vector<Action>& actions = {}) {
  auto message = render(title, body, actions, with);
  if (!message) throw std::runtime_error(message.error().say + message.error().why);
  return *message;
}
Text body(std::string_view text, const std::string& labels, const std::string& data = "null") {
  return shown_as("", text, values(labels, data)).body;
}

// Every label that a kind's templates ask for, as `value`.
std::string labels_of(const KindRow& row, const std::string& value) {
  std::string all = std::string(row.title) + std::string(row.body);
  for (const auto& action : row.actions) all += action.url;
  boost::json::object labels;
  for (std::size_t at = 0; (at = all.find("labels.", at)) != all.npos;) {
    at += 7;
    const auto name = all.substr(at, all.find('}', at) - at);
    labels[name] = value.empty() ? "<" + name + ">" : value;
  }
  return boost::json::serialize(labels);
}

std::string data_of(const std::string& value) {
  using boost::json::object, boost::json::array;
  const auto text = [&](const char* usual) { return value.empty() ? usual : value.c_str(); };
  const object build{{"workspace_owner_username", text("bo")}, {"workspace_name", text("ws")}, {"build_number", 7}};
  const object version{{"template_version_name", text("v1")}, {"failed_count", 2}, {"failed_builds", array{build, build}}};
  const object of_template{
      {"name", text("t")}, {"display_name", text("Tee")}, {"failed_builds", 2}, {"total_builds", 9}, {"versions", array{version}}};
  return boost::json::serialize(object{{"report_frequency", "week"},
                                       {"templates", array{of_template}},
                                       {"volumes", array{object{{"path", text("/home")}, {"threshold", "90%"}}}},
                                       {"replacements", object{{text("docker_container.workspace"), text("env, image")}}}});
}

TEST(Template, HasValuesListsAndWhatIsThereWithout) {
  EXPECT_EQ(body("{{labels.a}} and {{data.n}}", R"({"a":"x"})", R"({"n":3})").plain, "x and 3");
  EXPECT_EQ(body("{{#data.l}}({{.}}){{/data.l}}", "{}", R"({"l":["a","b"]})").plain, "(a)(b)");
  EXPECT_EQ(body("{{#data.l}}{{name}},{{/data.l}}{{^data.m}}none{{/data.m}}", "{}", R"({"l":[{"name":"a"},{"name":"b"}]})").plain, "a,b,none");
  EXPECT_EQ(body("a{{#labels.x}} with {{labels.x}}{{/labels.x}}", R"({"x":""})").plain, "a");
  EXPECT_EQ(body("{{#data.o}}{{key}}={{value}};{{/data.o}}", "{}", R"({"o":{"a":"1","b":"2"}})").plain, "a=1;b=2;");
}

TEST(Template, AValueThatIsMissingIsNothingAndCounted) {
  const auto message = shown_as("{{labels.gone}}", "a {{labels.gone}} b {{data.x.y}}", values("{}"));

  EXPECT_EQ(message.title.plain, "");
  EXPECT_EQ(message.body.plain, "a  b");
  EXPECT_EQ(message.missing, 3);
}

TEST(Template, AnythingElseDoesNotParse) {
  for (const char* bad : {"{{", "{{}}", "{{{labels.a}}}", "{{& labels.a}}", "{{> part}}", "{{! note}}", "{{=<% %>=}}", "{{labels.a | upper}}",
                          "{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{.a}}", "{{a.}}"})
    EXPECT_FALSE(Template::parse(bad)) << bad;
  EXPECT_TRUE(Template::parse("a } b }} c"));
}

TEST(Writers, MakeTheSameTreeThreeWays) {
  const auto got = body("First **{{labels.a}}**.\nGoes `on`.\n\n- `{{labels.a}}`\n- [there]({{base_url}}/x/{{labels.a}})\n\n# Head", R"({"a":"w1"})");

  EXPECT_EQ(got.plain, "First w1. Goes on.\n\n- w1\n- there (https://dev.example.com/x/w1)\n\nHead");
  EXPECT_EQ(got.markdown, "First **w1**. Goes `on`.\n\n- w1\n- [there](https://dev.example.com/x/w1)\n\n## Head");
  EXPECT_EQ(got.html,
            "<p>First <strong>w1</strong>. Goes <code>on</code>.</p><ul><li><code>w1</code></li><li><a "
            "href=\"https://dev.example.com/x/w1\">there</a></li></ul>"
            "<h2>Head</h2>");
}

TEST(Values, AreTextWhateverIsInThem) {
  const std::string hostile = R"~(["a](http://x)","<img src=x>","&lt;a href='y'","**b**","`c`","# d","- e","{{labels.b}}","www.x.example","1. f"])~";
  const auto got = body("{{#data}}{{.}}\n\n{{/data}}", "{}", hostile);

  EXPECT_EQ(got.plain, "a](http://x)\n\n<img src=x>\n\n&lt;a href='y'\n\n**b**\n\n`c`\n\n# d\n\n- e\n\n{{labels.b}}\n\nwww.x.example\n\n1. f");
  EXPECT_EQ(got.markdown,
            "a\\]\\(http\\:\\/\\/x\\)\n\n\\<img src\\=x\\>\n\n\\&lt\\;a href\\=\\'y\\'\n\n\\*\\*b\\*\\*\n\n\\`c\\`\n\n\\# d\n\n\\- e\n\n"
            "\\{\\{labels\\.b\\}\\}\n\nwww\\.x\\.example\n\n1\\. f");
  EXPECT_TRUE(got.html.contains("<p>&lt;img src=x&gt;</p><p>&amp;lt;a href=&#39;y&#39;</p>")) << got.html;
}

TEST(Values, AreOneLineWithoutControls) {
  EXPECT_EQ(shown("a\r\nBcc: b\tc\x1b[0m"), "a  Bcc: bc[0m");
  EXPECT_EQ(shown("a\u202Eb\u200Bc\uFEFFd\u2066e\u0085f\u2028g"), "abcdef g");
  EXPECT_EQ(shown(std::string("a\0b\x7f", 4)), "ab");
  EXPECT_EQ(shown("\xff\xfe ok"), "\uFFFD\uFFFD ok");
}

TEST(Values, AreCutAtAThousandCharacters) {
  std::string euros;
  for (int i = 0; i < 4000; ++i) euros += "\u20ac";

  const auto text = shown(euros);

  EXPECT_EQ(text.size(), 3000u);
  EXPECT_TRUE(text.ends_with("\u20ac\u2026"));
  EXPECT_EQ(shown(std::string(1000, 'a')), std::string(1000, 'a'));
}

TEST(Actions, LeadToThisDeploymentOrAreLeftOut) {
  const std::vector<Action> actions{{"Go", "{{base_url}}/@{{user.username}}/{{labels.name}}?q={{labels.name}}"}};
  const auto url = [&](const std::string& name) {
    const auto message = shown_as("", "", values(boost::json::serialize(boost::json::object{{"name", name}})), actions);
    EXPECT_EQ(message.actions.size() + message.dropped.size(), 1u);
    return message.actions.empty() ? std::string() : message.actions[0].url;
  };

  EXPECT_EQ(url("w1"), kBase + "/@ana/w1?q=w1");
  EXPECT_EQ(url("a?b#c/../d"), kBase + "/@ana/a%3Fb%23c%2F..%2Fd?q=a%3Fb%23c%2F..%2Fd");
  EXPECT_EQ(url("\\\\evil"), kBase + "/@ana/%5C%5Cevil?q=%5C%5Cevil");
  EXPECT_EQ(url(".."), "");
  EXPECT_EQ(url(""), "");
}

TEST(Actions, NeedTheBaseAndAPath) {
  for (const char* bad : {"https://evil.example/x", "{{base_url}}", "{{base_url}}.evil.example/", "{{base_url}}{{labels.a}}", "//evil",
                          "javascript:x", "{{labels.a}}/x", "{{base_url}}//evil"}) {
    const auto message = shown_as("", "", values(R"({"a":"b"})"), {{"Go", bad}});
    EXPECT_TRUE(message.actions.empty()) << bad;
    EXPECT_EQ(message.dropped, std::vector<std::string>{"Go"}) << bad;
  }
}

TEST(Actions, ForManyPeopleKeepAPlaceForTheirNames) {
  auto many = values(R"({"name":"{user}"})");
  many.base_url.clear();
  many.for_many = true;

  const auto message = shown_as("", "", many, {{"Go", "{{base_url}}/@{{user.username}}/{{labels.name}}"}});

  EXPECT_EQ(message.actions.at(0).url, "/@{user}/%7Buser%7D");
}

TEST(Kinds, AreThoseOfTheContract) {
  std::set<std::string_view> ids, names;
  int custom = 0, off = 0;
  for (const auto& row : kinds()) {
    EXPECT_TRUE(Uuid::parse(row.id)) << row.name;
    ids.insert(row.id);
    names.insert(row.name);
    custom += row.custom;
    off += !row.on;
  }
  EXPECT_EQ(ids.size(), 25u);
  EXPECT_EQ(names.size(), 25u);
  EXPECT_EQ(custom, 1);
  EXPECT_EQ(off, 2);
  EXPECT_EQ(row_of(Kind::custom).id, "39b1e189-c857-4b0c-877a-511144c18516");
  EXPECT_EQ(kind_with(id_of(Kind::test))->name, "Test Notification");
  EXPECT_EQ(kind_with(Uuid::nil()), nullptr);
}

// Inboxes are rendered once for everybody: a person's own name stands in addresses alone.
TEST(Kinds, SayNothingOfThePersonInTheirTexts) {
  for (const auto& row : kinds()) {
    if (row.kind == Kind::one_time_passcode) continue;
    EXPECT_FALSE(row.title.contains("user.") || row.body.contains("{{user.")) << row.name;
  }
}

TEST(Kinds, ReadAsTheGoldenTextSays) {
  std::string got;
  for (const auto& row : kinds()) {
    const auto message = render(row.kind, values(labels_of(row, ""), data_of("")));
    ASSERT_TRUE(message) << row.name << message.error().why;
    EXPECT_EQ(message->missing, 0) << row.name;
    EXPECT_TRUE(message->dropped.empty()) << row.name;
    got += fmt::format("==== {} ({}, {}{})\n{}\n\n{}\n---- markdown\n{}\n\n{}\n---- html\n{}\n", row.name, row.group, row.on ? "on" : "off",
                       row.urgent ? ", urgent" : "", message->title.plain, message->body.plain, message->title.markdown, message->body.markdown,
                       message->body.html);
    for (const auto& action : message->actions) got += fmt::format("-> {}: {}\n", action.label, action.url);
    got += "\n";
  }
  const std::string path = SLIPWAY_SOURCE_DIR "/tests/golden/notifications.txt";
  if (const char* mode = std::getenv("SLIPWAY_GOLDEN"); mode && std::string(mode) == "write") {
    std::ofstream(path) << got;
    return;
  }
  std::ifstream in(path);
  EXPECT_EQ(got, std::string((std::istreambuf_iterator<char>(in)), {})) << "Run it with SLIPWAY_GOLDEN=write and review the difference.";
}

// All of an HTML text's tags, without where links lead.
std::string tags_of(const std::string& html) {
  std::string out;
  for (std::size_t at = 0; (at = html.find('<', at)) != html.npos; ++at) {
    auto tag = html.substr(at, html.find('>', at) - at + 1);
    if (tag.starts_with("<a href=\"" + kBase + "/")) tag = "<a>";
    out += tag;
  }
  return out;
}

TEST(Kinds, HaveNoMarkThatAValueBroughtWithIt) {
  const std::string hostile[] = {"a](http://x.example)",      "<img src=x onerror=y>", "&lt;a href=\"y\"&gt;",
                                 "x\r\nBcc: eve@example.com", "\u202Egnp.exe",         "\">'><b>"};
  for (const auto& row : kinds()) {
    const auto benign = render(row.kind, values(labels_of(row, "plain"), data_of("plain")));
    for (const auto& value : hostile) {
      const auto message = render(row.kind, values(labels_of(row, value), data_of(value)));
      ASSERT_TRUE(benign && message) << row.name;
      EXPECT_EQ(tags_of(message->body.html), tags_of(benign->body.html)) << row.name << ": " << value;
      EXPECT_FALSE(message->title.plain.contains('\n') || message->title.plain.contains('\r')) << row.name;
      EXPECT_FALSE(message->body.markdown.contains("](http:")) << message->body.markdown;
      const auto img = message->body.markdown.find("<img");
      EXPECT_TRUE(img == std::string::npos || message->body.markdown[img - 1] == '\\') << message->body.markdown;
      EXPECT_EQ(message->actions.size(), benign->actions.size()) << row.name;
      for (const auto& action : message->actions) EXPECT_TRUE(action.url.starts_with(kBase + "/")) << action.url;
    }
  }
}

TEST(CustomNotification, IsAllValue) {
  const auto message = render(Kind::custom, values(R"~({"custom_title":"# [x](http://y)","custom_message":"**bold** https://evil.example"})~"));

  EXPECT_EQ(message->title.plain, "# [x](http://y)");
  EXPECT_EQ(message->body.markdown, "\\*\\*bold\\*\\* https\\:\\/\\/evil\\.example");
  EXPECT_EQ(message->body.html, "<p>**bold** https://evil.example</p>");
}

}  // namespace
}  // namespace slipway::notifications
