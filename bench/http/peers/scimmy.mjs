// A SCIM service provider made with scimmy and scimmy-routers, in memory, for loads: node scimmy.mjs PORT TOKEN [USERS]
// Unlike the one of .ci/servers it looks names up in a table and computes no memberships, so that only scimmy is measured.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token, users] = process.argv.slice(2);
const tables = { User: new Map(), Group: new Map() };
const taken = { User: new Map(), Group: new Map() };

function declare(kind, name) {
  const rows = tables[kind];
  const names = taken[kind];
  SCIMMY.Resources.declare(SCIMMY.Resources[kind])
    .ingress((resource, data) => {
      const before = resource.id ? rows.get(resource.id) : undefined;
      if (resource.id && !before) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      const key = data[name].toLowerCase();
      if ((names.get(key) ?? resource.id) !== resource.id) throw new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);
      const now = new Date().toISOString();
      const row = JSON.parse(JSON.stringify(data));
      row.id = before?.id ?? randomUUID();
      row.meta = { created: before?.meta.created ?? now, lastModified: now };
      rows.set(row.id, row);
      names.set(key, row.id);
      return row;
    })
    .egress((resource) => {
      if (resource.id) {
        const row = rows.get(resource.id);
        if (!row) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        return row;
      }
      const all = [...rows.values()];
      return resource.filter ? resource.filter.match(all) : all;
    })
    .degress((resource) => {
      const row = rows.get(resource.id);
      if (!row) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      names.delete(row[name].toLowerCase());
      rows.delete(resource.id);
    });
}

declare("User", "userName");
declare("Group", "displayName");
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

// Users who are there from the start, as if each had been created over HTTP.
const now = new Date().toISOString();
for (let n = 0; n < Number(users ?? 0); n++) {
  const number = String(n).padStart(7, "0");
  const [id, userName] = [`u${number}`, `user${number}@example.com`];
  tables.User.set(id, {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], id, userName, externalId: `x-${userName}`,
    name: { givenName: "Given", familyName: "Family" }, displayName: "Given Family", active: true,
    emails: [{ type: "work", value: userName, primary: true }], meta: { created: now, lastModified: now },
  });
  taken.User.set(userName, id);
}

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
  type: "bearer",
  handler: (request) => {
    if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("wrong token");
    return "tester";
  },
}));
app.listen(Number(port), "127.0.0.1", () => console.log(`ready on ${port}`));
