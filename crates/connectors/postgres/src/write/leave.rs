//! What leaves with a role: its objects, its rights, and the role itself, over all databases of the server.

use std::collections::BTreeSet;
use std::time::Duration;

use tenure_connector::{
    Certainty, ConnectorError, ErrorKind, ObjectRef, Outcome, Result, SideEffect, Version,
};
use tokio_postgres::{Client, GenericClient};

use super::role::refuse_protected;
use super::run;
use crate::connector::PostgresConnector;
use crate::error;
use crate::role::Role;
use crate::session::{self, quoted};

/// Where something depends on a role: the database, nothing for what belongs to the whole server, and how.
const DEPENDENCIES: &str = "SELECT d.datname, s.deptype::text AS kind FROM pg_shdepend s \
    LEFT JOIN pg_database d ON d.oid = s.dbid \
    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1";

#[derive(Debug, Default)]
struct Dependencies {
    /// The databases with objects that the role owns.
    owned: BTreeSet<Option<String>>,
    /// The databases with anything that depends on it.
    any: BTreeSet<Option<String>>,
}

impl PostgresConnector {
    /// Gives everything that a role owns to another, database by database. A repeat goes on where it was left.
    pub(super) async fn transfer(
        &self,
        limit: Duration,
        from: &ObjectRef,
        to: &ObjectRef,
    ) -> Result<Outcome> {
        let client = session::open(&self.server, None, limit).await?;
        let giver = self.find(&client, from).await?.ok_or_else(|| ConnectorError::not_found(from))?;
        let receiver = self.find(&client, to).await?.ok_or_else(|| ConnectorError::not_found(to))?;
        let owned = dependencies(&client, &giver).await?.owned;
        if owned.is_empty() || giver.oid == receiver.oid {
            return Ok(Outcome::already_so());
        }
        let sql = format!("REASSIGN OWNED BY {} TO {}", quoted(&giver.name), quoted(&receiver.name));
        for database in owned {
            let there = self.database(limit, database.as_deref()).await?;
            there.batch_execute(&sql).await.map_err(|failed| error::final_step("reassign", &failed))?;
        }
        Ok(Outcome::done(true))
    }

    /// Drops a role that owns nothing. What it may do is taken from it first, in every database.
    pub(super) async fn delete(
        &self,
        limit: Duration,
        object: &ObjectRef,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        let client = session::open(&self.server, None, limit).await?;
        let Some(role) = self.find(&client, object).await? else { return Ok(Outcome::already_gone()) };
        match self.drop_role(&client, limit, &role, expected).await {
            // Somebody else dropped it meanwhile: an attempt before this one, say, of which nobody waited for the end.
            Err(failed)
                if matches!(failed.kind(), ErrorKind::NotFound | ErrorKind::Conflict)
                    && self.find(&client, object).await?.is_none() =>
            {
                Ok(Outcome::already_gone())
            }
            ended => ended,
        }
    }

    async fn drop_role(
        &self,
        client: &Client,
        limit: Duration,
        role: &Role,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        if let Some(expected) = expected.filter(|expected| expected.as_str() != role.version()) {
            return Err(ConnectorError::new(ErrorKind::Conflict, Certainty::Refused).with_detail(format!(
                "expected version `{expected}` of `{}`, found another one",
                role.name
            )));
        }
        refuse_protected(client, role, false).await?;
        let found = dependencies(client, role).await?;
        refuse_owner(role, &found)?;
        for database in found.any {
            let mut there = self.database(limit, database.as_deref()).await?;
            let begun = there.transaction().await;
            let work = begun.map_err(|failed| error::statement("begin", &failed))?;
            // Again, in the same transaction: the statement below would drop what the role owns.
            refuse_owner(role, &dependencies(&work, role).await?)?;
            run(&work, "take rights away", &format!("DROP OWNED BY {}", quoted(&role.name))).await?;
            work.commit().await.map_err(|failed| error::final_step("commit", &failed))?;
        }
        let dropped = client.batch_execute(&format!("DROP ROLE {}", quoted(&role.name))).await;
        dropped.map_err(|failed| error::final_step("drop a role", &failed))?;
        Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
    }

    async fn database(&self, limit: Duration, name: Option<&str>) -> Result<Client> {
        session::open(&self.server, name, limit).await
    }
}

async fn dependencies<C: GenericClient + Sync>(client: &C, role: &Role) -> Result<Dependencies> {
    let failed = |failed| error::statement("read what depends on a role", &failed);
    let mut found = Dependencies::default();
    for row in client.query(DEPENDENCIES, &[&role.oid]).await.map_err(failed)? {
        let database: Option<String> = row.try_get("datname").map_err(failed)?;
        let kind: String = row.try_get("kind").map_err(failed)?;
        if kind == "o" {
            found.owned.insert(database.clone());
        }
        found.any.insert(database);
    }
    Ok(found)
}

fn refuse_owner(role: &Role, found: &Dependencies) -> Result<()> {
    if found.owned.is_empty() {
        return Ok(());
    }
    let places: Vec<_> =
        found.owned.iter().map(|database| database.as_deref().unwrap_or("the whole server")).collect();
    let detail = format!("`{}` owns objects in {}", role.name, places.join(", "));
    let error = ConnectorError::new(ErrorKind::Policy, Certainty::Refused).with_detail(detail);
    Err(error.with_help("give them to someone else with `transfer_ownership` first"))
}
