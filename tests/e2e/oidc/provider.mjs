// The certified oidc-provider, with people whose claims the test chooses: `node provider.mjs` reads the configuration from its
// environment and prints the port it listens on.
import { Provider } from "oidc-provider";
import { createServer } from "node:http";

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, PEOPLE } = process.env;
const people = JSON.parse(PEOPLE);

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [REDIRECT_URI], grant_types: ["authorization_code"], response_types: ["code"] }],
    claims: { email: ["email", "email_verified"], profile: ["name", "preferred_username"], groups: ["groups", "roles"] },
    scopes: ["openid", "email", "profile", "groups"],
    pkce: { required: () => true, methods: ["S256"] },
    cookies: { keys: ["only for this test"] },
    findAccount: (_, id) => (people[id] ? { accountId: id, claims: () => ({ sub: id, ...people[id] }) } : undefined),
  });
  server.on("request", provider.callback());
  console.log(port);
});
