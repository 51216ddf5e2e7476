//! Reading pages: roles in the order of their ids, memberships in the order of both ids.

use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Certainty, ConnectorError, Cursor, EntitlementRef, ErrorKind, FilterSupport, ListQuery, Object,
    ObjectClass, ObjectRef, Page, Result,
};
use tokio_postgres::GenericClient;

use crate::capabilities::capabilities;
use crate::connector::PostgresConnector;
use crate::error;
use crate::role::{Role, SELECT};

/// Every membership once: newer servers keep one for each grantor. Only the inner part has to find its place, in an index.
const MEMBERS: &str = "SELECT m.roleid, r.oid, r.rolname, r.rolcanlogin, r.rolsuper, r.rolconnlimit, \
    NULL::timestamptz AS until, shobj_description(r.oid, 'pg_authid') AS comment \
    FROM (SELECT DISTINCT member, roleid FROM pg_auth_members WHERE (member, roleid) > ($1, $2) \
    ORDER BY member, roleid LIMIT $3) m \
    JOIN pg_roles r ON r.oid = m.member ORDER BY m.member, m.roleid";
const BATCH: i64 = 1_000;

impl PostgresConnector {
    pub(crate) async fn read_page<C: GenericClient + Sync>(
        &self,
        client: &C,
        query: &ListQuery,
    ) -> Result<Page> {
        let schema = self.compiled(&query.class)?;
        if query.sort.is_some() {
            return Err(unsupported("roles come in the order of their ids"));
        }
        let of = capabilities();
        let list = of.class(&query.class).and_then(|class| class.list.as_ref());
        if query.filter.is_some() && list.is_none_or(|list| list.filter == FilterSupport::None) {
            return Err(unsupported(&format!("the list of `{}` takes no filter", query.class)));
        }
        let filter = match &query.filter {
            Some(filter) => Some(filter.compile(schema).map_err(|error| {
                ConnectorError::invalid_input("filter", error.to_string())
                    .with_certainty(Certainty::NotAttempted)
            })?),
            None => None,
        };
        let size = query.page_size.unwrap_or(self.config.page_size).clamp(1, 1_000);
        let room = usize::try_from(size).unwrap_or(usize::MAX);
        let mut after = query.cursor.as_ref().map_or(Ok((0, 0)), read_cursor)?;
        // One further, to know whether there is more.
        let mut items: Vec<((u32, u32), Object)> = Vec::new();
        loop {
            let batch = self.batch(client, &query.class, after).await?;
            let Some((last, _)) = batch.last() else { break };
            after = *last;
            for (at, object) in batch {
                let Some(object) = object else { continue };
                if filter.as_ref().is_none_or(|filter| filter.matches(&object.resource)) {
                    items.push((at, object));
                }
            }
            if items.len() > room {
                break;
            }
        }
        let more = items.len() > room;
        items.truncate(room);
        let next = items
            .last()
            .filter(|_| more)
            .map(|((one, other), _)| Cursor::new(format!("after-{one}-{other}")));
        let shown = items
            .into_iter()
            .map(|(_, object)| Object { resource: query.fields.project(&object.resource, schema), ..object });
        Ok(Page { next, ..Page::last(shown.collect()) })
    }

    /// The next objects of a class, each behind its place; nothing in the place of what is of another class.
    async fn batch<C: GenericClient + Sync>(
        &self,
        client: &C,
        class: &ObjectClass,
        after: (u32, u32),
    ) -> Result<Vec<((u32, u32), Option<Object>)>> {
        let failed = |failed| error::statement("list", &failed);
        if *class == ObjectClass::GRANT {
            let rows = client.query(MEMBERS, &[&after.0, &after.1, &BATCH]).await.map_err(failed)?;
            let mut batch = Vec::with_capacity(rows.len());
            for row in &rows {
                let role = Role::read(row)?;
                let held: u32 = row.try_get("roleid").map_err(failed)?;
                let grant = role.is_account().then(|| grant(role.oid, held));
                batch.push(((role.oid, held), grant));
            }
            return Ok(batch);
        }
        let sql = format!("{SELECT} WHERE r.oid > $1 ORDER BY r.oid LIMIT $2");
        let rows = client.query(&sql, &[&after.0, &BATCH]).await.map_err(failed)?;
        let mut batch = Vec::with_capacity(rows.len());
        for row in &rows {
            let role = Role::read(row)?;
            let object = match *class == ObjectClass::ENTITLEMENT {
                true => (!role.is_account()).then(|| Object::from(&entitlement(&role))),
                false => (role.class() == *class).then(|| role.object()),
            };
            batch.push(((role.oid, 0), object));
        }
        Ok(batch)
    }

    /// One entitlement or one grant, by its id.
    pub(crate) async fn read_derived<C: GenericClient + Sync>(
        &self,
        client: &C,
        object: &ObjectRef,
    ) -> Result<Option<Object>> {
        if object.class == ObjectClass::ENTITLEMENT {
            let Some(id) = object.id.strip_prefix("role:") else { return Ok(None) };
            let group = ObjectRef::new(ObjectClass::GROUP, id);
            return Ok(self.find(client, &group).await?.map(|role| Object::from(&entitlement(&role))));
        }
        let ids = object.id.split_once("/role:");
        let ids =
            ids.and_then(|(member, held)| Some((member.parse::<u32>().ok()?, held.parse::<u32>().ok()?)));
        let Some((member, held)) = ids else { return Ok(None) };
        Ok(is_member(client, member, held).await?.then(|| grant(member, held)))
    }
}

pub(crate) async fn is_member<C: GenericClient + Sync>(client: &C, member: u32, held: u32) -> Result<bool> {
    let sql = "SELECT 1 FROM pg_auth_members WHERE member = $1 AND roleid = $2 LIMIT 1";
    let found = client.query_opt(sql, &[&member, &held]).await;
    found.map(|row| row.is_some()).map_err(|failed| error::statement("read a membership", &failed))
}

fn grant(member: u32, held: u32) -> Object {
    let entitlement = EntitlementRef::new("role", held.to_string());
    Object::from(&GrantRecord::new(member.to_string(), entitlement))
}

fn entitlement(role: &Role) -> Entitlement {
    let entitlement = Entitlement::new("role", &role.oid.to_string()).with_display(&role.name);
    // The server itself decides who owns a database.
    if role.name == "pg_database_owner" { entitlement.immutable() } else { entitlement }
}

fn read_cursor(cursor: &Cursor) -> Result<(u32, u32)> {
    let ids = cursor.as_str().strip_prefix("after-").and_then(|ids| ids.split_once('-'));
    ids.and_then(|(one, other)| Some((one.parse().ok()?, other.parse().ok()?))).ok_or_else(|| {
        let detail = format!("expected a cursor of this connector, found `{cursor}`");
        ConnectorError::invalid_input("cursor", detail).with_certainty(Certainty::NotAttempted)
    })
}

pub(crate) fn unsupported(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
}
