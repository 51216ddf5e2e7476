// A SCIM service provider made with scimmy and scimmy-routers, in memory: node scimmy.mjs PORT TOKEN
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);
const tables = { User: new Map(), Group: new Map() };

const memberships = (id) =>
  [...tables.Group.values()]
    .filter((group) => (group.members ?? []).some((member) => member.value === id))
    .map((group) => ({ value: group.id, display: group.displayName }));

const shown = (kind, row) => (kind === "User" ? { ...row, groups: memberships(row.id) } : row);

function declare(kind, name) {
  const rows = tables[kind];
  SCIMMY.Resources.declare(SCIMMY.Resources[kind])
    .ingress((resource, data) => {
      const before = resource.id ? rows.get(resource.id) : undefined;
      if (resource.id && !before) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      const taken = (row) => row.id !== resource.id && row[name]?.toLowerCase() === data[name]?.toLowerCase();
      if ([...rows.values()].some(taken)) throw new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);
      const now = new Date().toISOString();
      const row = JSON.parse(JSON.stringify(data));
      row.id = before?.id ?? randomUUID();
      row.meta = { created: before?.meta.created ?? now, lastModified: now };
      rows.set(row.id, row);
      return shown(kind, row);
    })
    .egress((resource) => {
      if (resource.id) {
        const row = rows.get(resource.id);
        if (!row) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        return shown(kind, row);
      }
      const all = [...rows.values()].map((row) => shown(kind, row));
      return resource.filter ? resource.filter.match(all) : all;
    })
    .degress((resource) => {
      if (!rows.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      for (const group of tables.Group.values()) {
        group.members = (group.members ?? []).filter((member) => member.value !== resource.id);
      }
    });
}

declare("User", "userName");
declare("Group", "displayName");
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
  type: "bearer",
  handler: (request) => {
    if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("wrong token");
    return "tester";
  },
}));
app.listen(Number(port), "127.0.0.1", () => console.log(`ready on ${port}`));
