//! Writing: every operation as statements of one transaction.

mod leave;
mod role;

use std::time::Duration;

use tenure_connector::{
    Certainty, ConnectorError, Context, DeleteMode, EntitlementRef, ErrorKind, ObjectClass, ObjectRef,
    Operation, Outcome, OwnershipScope, Result, SessionScope, WriteRequest,
};
use tokio_postgres::{GenericClient, Transaction};

use crate::connector::PostgresConnector;
use crate::list::{is_member, unsupported};
use crate::role::Role;
use crate::session::{self, quoted};
use crate::{error, password};

impl PostgresConnector {
    pub(crate) async fn write(
        &self,
        ctx: &Context,
        limit: Duration,
        request: &WriteRequest,
    ) -> Result<Outcome> {
        // What is not one transaction of one database.
        match &request.operation {
            Operation::Delete { object, mode: DeleteMode::Permanent } => {
                return self.delete(limit, object, request.expected.as_ref()).await;
            }
            Operation::TransferOwnership { object, to, scope: OwnershipScope::All } => {
                return self.transfer(limit, object, to).await;
            }
            _ => {}
        }
        match self.transact(ctx, limit, request).await {
            Err(error) if met_another(&error, request) => self.transact(ctx, limit, request).await,
            first => first,
        }
    }

    async fn transact(&self, ctx: &Context, limit: Duration, request: &WriteRequest) -> Result<Outcome> {
        let secret = match &request.operation {
            Operation::SetCredential { credential, .. } => Some(password::verifier(ctx, credential).await?),
            _ => None,
        };
        let mut client = session::open(&self.server, None, limit).await?;
        let begun = client.transaction().await;
        let transaction = begun.map_err(|failed| error::statement("begin", &failed))?;
        let role = match request.operation.object() {
            Some(object) => match self.find(&transaction, object).await? {
                Some(role) => Some(role),
                None if request.operation.satisfied_by_absence() => return Ok(Outcome::already_gone()),
                None => return Err(ConnectorError::not_found(object)),
            },
            None => None,
        };
        if let (Some(expected), Some(role)) = (&request.expected, &role)
            && expected.as_str() != role.version()
        {
            return Err(ConnectorError::new(ErrorKind::Conflict, Certainty::Refused)
                .with_detail(format!("`{}` is not in the version that was expected", role.name)));
        }
        let outcome = match (&request.operation, role) {
            (Operation::Create { class, resource }, _) => self.create(&transaction, class, resource).await?,
            (Operation::Update { patch, .. }, Some(role)) => self.update(&transaction, &role, patch).await?,
            (Operation::SetStatus { status, .. }, Some(role)) => {
                self.set_status(&transaction, &role, status.is_active()).await?
            }
            (Operation::Grant { entitlement, parameters, .. }, Some(role)) => {
                if let Some(name) = parameters.keys().next() {
                    return Err(ConnectorError::invalid_input(name, "a membership takes no parameters"));
                }
                self.grant(&transaction, &role, entitlement).await?
            }
            (Operation::Revoke { entitlement, .. }, Some(role)) => {
                self.revoke(&transaction, &role, entitlement).await?
            }
            (Operation::RevokeSessions { scope: SessionScope::All, .. }, Some(role)) => {
                end_sessions(&transaction, &role).await?
            }
            (Operation::SetCredential { .. }, Some(role)) => {
                let verifier = secret.map(|secret| secret.text).unwrap_or_default();
                let sql =
                    format!("ALTER ROLE {} PASSWORD {}", quoted(&role.name), session::literal(&verifier));
                run(&transaction, "set the password", &sql).await?;
                Outcome::done(true)
            }
            (Operation::Delete { mode, .. }, _) => {
                let detail =
                    format!("PostgreSQL drops for good, it has no `{mode:?}` deletion").to_lowercase();
                return Err(unsupported(&detail).with_help("stop the account with `set_status`"));
            }
            (Operation::RevokeSessions { scope, .. }, _) => {
                return Err(unsupported(&format!("all sessions end or none; there is no scope `{scope:?}`")));
            }
            (other, _) => return Err(ConnectorError::unsupported(other.class(), other.kind())),
        };
        if !outcome.changed() {
            return Ok(outcome);
        }
        transaction.commit().await.map_err(|failed| error::final_step("commit", &failed))?;
        Ok(outcome)
    }

    async fn grant(
        &self,
        work: &Transaction<'_>,
        role: &Role,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let group = self.group(work, entitlement).await?.ok_or_else(|| {
            ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
                .with_detail(format!("no role `{}`, neither as an id nor as a name", entitlement.id))
        })?;
        if is_member(work, role.oid, group.oid).await? {
            return Ok(Outcome::already_so());
        }
        let sql = format!("GRANT {} TO {}", quoted(&group.name), quoted(&role.name));
        run(work, "grant", &sql).await?;
        Ok(Outcome::done(true))
    }

    async fn revoke(
        &self,
        work: &Transaction<'_>,
        role: &Role,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(group) = self.group(work, entitlement).await? else { return Ok(Outcome::already_gone()) };
        if !is_member(work, role.oid, group.oid).await? {
            return Ok(Outcome::already_gone());
        }
        let sql = format!("REVOKE {} FROM {}", quoted(&group.name), quoted(&role.name));
        run(work, "revoke", &sql).await?;
        // The server only warns when a membership that another role granted stays.
        if is_member(work, role.oid, group.oid).await? {
            return Err(ConnectorError::new(ErrorKind::Permission, Certainty::Refused).with_detail(format!(
                "`{}` was granted by another role, who must take it back",
                group.name
            )));
        }
        Ok(Outcome::done(true))
    }

    async fn group<C: GenericClient + Sync>(
        &self,
        client: &C,
        entitlement: &EntitlementRef,
    ) -> Result<Option<Role>> {
        if entitlement.kind != "role" && entitlement.kind != "group" {
            return Ok(None);
        }
        let by_id = self.find(client, &ObjectRef::new(ObjectClass::GROUP, &entitlement.id)).await?;
        if by_id.is_some() {
            return Ok(by_id);
        }
        self.find(client, &ObjectRef::by(ObjectClass::GROUP, ObjectRef::DISPLAY_NAME, &entitlement.id)).await
    }
}

/// Whether somebody else changed the same row at the same time, mostly an attempt of which nobody waited for the end. The server
/// refuses the later one, and only a transaction that begins afterwards sees what there is now.
fn met_another(error: &ConnectorError, request: &WriteRequest) -> bool {
    let refused = error.certainty() == Certainty::Refused;
    let met = match (error.kind(), &request.operation) {
        (ErrorKind::Conflict, _) => true,
        // The membership was written in between.
        (ErrorKind::AlreadyExists, operation) => matches!(operation, Operation::Grant { .. }),
        _ => false,
    };
    met && refused && request.expected.is_none()
}

async fn end_sessions(work: &Transaction<'_>, role: &Role) -> Result<Outcome> {
    let sql = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS ended FROM pg_stat_activity \
               WHERE usesysid = $1 AND pid <> pg_backend_pid()";
    let row = work.query_one(sql, &[&role.oid]).await;
    let row = row.map_err(|failed| error::final_step("end sessions", &failed))?;
    match row.try_get::<_, i64>("ended").unwrap_or(0) {
        0 => Ok(Outcome::already_so()),
        _ => Ok(Outcome::done(true)),
    }
}

pub(crate) async fn run<C: GenericClient + Sync>(client: &C, what: &str, sql: &str) -> Result<()> {
    client.batch_execute(sql).await.map_err(|failed| error::statement(what, &failed))
}
