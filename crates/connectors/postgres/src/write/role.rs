use chrono::{DateTime, SecondsFormat, Utc};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, ObjectClass, Outcome, Result, check_shape};
use tenure_scim::{AttrPath, Patch, Resource, ValueRef};
use tokio_postgres::{GenericClient, Transaction};

use super::run;
use crate::connector::PostgresConnector;
use crate::error;
use crate::role::{Role, SELECT, comment};
use crate::schema::ROLE_SCHEMA;
use crate::session::{literal, quoted};

/// The longest name: the server cuts a longer one off without a word.
const LONGEST_NAME: usize = 63;

/// What a resource says of a role.
#[derive(Debug, PartialEq)]
struct Wanted {
    name: String,
    display_name: Option<String>,
    active: bool,
    connection_limit: i32,
    until: Option<DateTime<Utc>>,
}

impl PostgresConnector {
    pub(super) async fn create(
        &self,
        work: &Transaction<'_>,
        class: &ObjectClass,
        resource: &Resource,
    ) -> Result<Outcome> {
        check_shape(resource, self.compiled(class)?)?;
        let wanted = Wanted::read(class, resource)?;
        refuse_taken(work, &wanted.name, None).await?;
        let login = if *class == ObjectClass::USER && wanted.active { "LOGIN" } else { "NOLOGIN" };
        let name = quoted(&wanted.name);
        run(work, "create a role", &format!("CREATE ROLE {name} {login} {}", wanted.limits())).await?;
        run(work, "comment", &format!("COMMENT ON ROLE {name} IS {}", wanted.comment(class))).await?;
        let sql = format!("{SELECT} WHERE r.rolname = $1");
        let row = work.query_one(&sql, &[&wanted.name]).await;
        let role = Role::read(&row.map_err(|failed| error::statement("read a role", &failed))?)?;
        Ok(Outcome::done(true).with_object(role.reference()).with_version(role.version()))
    }

    pub(super) async fn update(&self, work: &Transaction<'_>, role: &Role, patch: &Patch) -> Result<Outcome> {
        let class = role.class();
        let schema = self.compiled(&class)?;
        let mut resource = role.object().resource;
        let before = Wanted::read(&class, &resource)?;
        patch.apply(&mut resource, schema).map_err(ConnectorError::from)?;
        check_shape(&resource, schema)?;
        let wanted = Wanted::read(&class, &resource)?;
        if wanted == before {
            return Ok(Outcome::already_so());
        }
        if wanted.active != before.active {
            refuse_protected(work, role, wanted.active).await?;
        }
        if wanted.name != before.name {
            refuse_taken(work, &wanted.name, Some(role.oid)).await?;
            let sql = format!("ALTER ROLE {} RENAME TO {}", quoted(&before.name), quoted(&wanted.name));
            run(work, "rename", &sql).await?;
        }
        let name = quoted(&wanted.name);
        if class == ObjectClass::USER {
            let login = if wanted.active { "LOGIN" } else { "NOLOGIN" };
            run(work, "change a role", &format!("ALTER ROLE {name} {login} {}", wanted.limits())).await?;
            run(work, "comment", &format!("COMMENT ON ROLE {name} IS {}", wanted.comment(&class))).await?;
        }
        let row = work.query_one(&format!("{SELECT} WHERE r.oid = $1"), &[&role.oid]).await;
        let after = Role::read(&row.map_err(|failed| error::statement("read a role", &failed))?)?;
        Ok(Outcome::done(true).with_object(after.reference()).with_version(after.version()))
    }

    pub(super) async fn set_status(
        &self,
        work: &Transaction<'_>,
        role: &Role,
        active: bool,
    ) -> Result<Outcome> {
        if role.login == active {
            return Ok(Outcome::already_so());
        }
        refuse_protected(work, role, active).await?;
        let (name, login) = (quoted(&role.name), if active { "LOGIN" } else { "NOLOGIN" });
        let note = literal(&comment(&ObjectClass::USER, role.display_name().as_deref()));
        // The comment first: without it a role that may not log in would be a group.
        run(work, "comment", &format!("COMMENT ON ROLE {name} IS {note}")).await?;
        run(work, "set the status", &format!("ALTER ROLE {name} {login}")).await?;
        Ok(Outcome::done(true))
    }
}

impl Wanted {
    fn read(class: &ObjectClass, resource: &Resource) -> Result<Self> {
        let user = *class == ObjectClass::USER;
        let key = if user { "userName" } else { "displayName" };
        let name = resource.text(key).unwrap_or_default().to_owned();
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains('\0') {
            let detail = format!("expected a name of 1 to {LONGEST_NAME} bytes, found {} bytes", name.len());
            return Err(ConnectorError::invalid_input(key, detail));
        }
        if resource.external_id().is_some() {
            return Err(ConnectorError::invalid_input("externalId", "a role has no place for `externalId`"));
        }
        let of_role = |attribute: &str| {
            let path = AttrPath::parse(&format!("{ROLE_SCHEMA}:{attribute}")).ok()?;
            resource.get(&path).map(|value| value.to_json()).filter(|value| !value.is_null())
        };
        let connection_limit = match of_role("connectionLimit") {
            None => -1,
            Some(value) => {
                let limit =
                    value.as_i64().and_then(|limit| i32::try_from(limit).ok()).filter(|limit| *limit >= 0);
                limit.ok_or_else(|| {
                    let detail = format!("expected a number of sessions, found `{value}`");
                    ConnectorError::invalid_input("connectionLimit", detail)
                })?
            }
        };
        let until = match of_role("validUntil") {
            None => None,
            Some(value) => {
                let read = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
                let read = read.ok_or_else(|| {
                    let detail = format!("expected a moment as RFC 3339, found `{value}`");
                    ConnectorError::invalid_input("validUntil", detail)
                })?;
                Some(read.with_timezone(&Utc))
            }
        };
        Ok(Self {
            name,
            display_name: resource.text("displayName").filter(|_| user).map(str::to_owned),
            active: resource.attr("active").and_then(ValueRef::as_bool).unwrap_or(true),
            connection_limit,
            until,
        })
    }

    fn limits(&self) -> String {
        let until = self.until.map(|until| until.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        let until = until.as_deref().unwrap_or("infinity");
        format!("CONNECTION LIMIT {} VALID UNTIL {}", self.connection_limit, literal(until))
    }

    fn comment(&self, class: &ObjectClass) -> String {
        literal(&comment(class, self.display_name.as_deref()))
    }
}

/// Names that differ only in case would be two roles, and one person's.
async fn refuse_taken<C: GenericClient + Sync>(client: &C, name: &str, own: Option<u32>) -> Result<()> {
    let sql = format!("{SELECT} WHERE lower(r.rolname) = lower($1) AND r.oid <> $2 LIMIT 1");
    let found = client.query_opt(&sql, &[&name, &own.unwrap_or(0)]).await;
    match found.map_err(|failed| error::statement("read a role", &failed))? {
        None => Ok(()),
        Some(row) => {
            let role = Role::read(&row)?;
            Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                .with_detail(format!("the name `{name}` is taken by the role `{}`", role.name))
                .with_conflicting(role.reference()))
        }
    }
}

/// A superuser and the connector's own role are never stopped or dropped.
pub(super) async fn refuse_protected<C: GenericClient + Sync>(
    client: &C,
    role: &Role,
    active: bool,
) -> Result<()> {
    if active {
        return Ok(());
    }
    let own = client.query_one("SELECT current_user = $1::name AS own", &[&role.name]).await;
    let own =
        own.and_then(|row| row.try_get("own")).map_err(|failed| error::statement("read a role", &failed))?;
    let why = match (role.superuser, own) {
        (_, true) => "it is the connector's own role",
        (true, _) => "it is a superuser",
        _ => return Ok(()),
    };
    Err(ConnectorError::new(ErrorKind::Policy, Certainty::Refused)
        .with_detail(format!("`{}`: {why}", role.name)))
}
