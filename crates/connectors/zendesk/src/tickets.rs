//! What an agent owns: tickets.

use std::time::Duration;

use serde_json::{Value, json};
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, JobRef, ObjectClass, ObjectRef, OperationKind, Outcome,
    OwnershipScope, Result,
};
use tenure_connector_rest::system::{Found, as_number, id_text, items, need_text, refused, text, unclear_if};

use crate::access::Role;
use crate::{OpenTickets, Zendesk};

/// How many tickets one job takes.
const BATCH: usize = 100;
/// How many jobs may be queued or running.
const JOBS: usize = 30;
const ASK_AFTER: Duration = Duration::from_secs(5);

impl Zendesk {
    pub(crate) async fn hand_over(
        &self,
        from: Found<'_>,
        to: Found<'_>,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        if let OwnershipScope::Only(kinds) = scope
            && !kinds.contains("tickets")
        {
            return Ok(Outcome::already_so());
        }
        let tickets = self.open_tickets(from.ctx, from.id).await?;
        if tickets.is_empty() {
            return Ok(Outcome::already_so());
        }
        if Role::held(to.item).is_none() {
            let why = format!("{} open tickets need an agent, and `{}` is an end user", tickets.len(), to.id);
            return Err(refused(ErrorKind::Policy, why));
        }
        let body = json!({ "ticket": { "assignee_id": as_number(to.id) } });
        let mut jobs = Vec::new();
        for batch in tickets.chunks(BATCH).take(JOBS) {
            let request = self.client.put(&["tickets", "update_many"])?;
            let request = request.with_query("ids", batch.join(",")).with_json(&body)?;
            let answer = self.client.json(from.ctx, &request).await;
            // The jobs that were started go on; what is left is found by the next attempt.
            let answer = unclear_if(!jobs.is_empty(), answer)?;
            jobs.push(need_text(&answer, "/job_status/id")?.to_owned());
        }
        let job = JobRef::new(jobs.join(","), OperationKind::TransferOwnership)
            .with_object(ObjectRef::new(ObjectClass::USER, from.id));
        Ok(Outcome::accepted(job, ASK_AFTER))
    }

    pub(crate) async fn ask_jobs(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        let unknown = || {
            ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
                .with_detail(format!("no job `{}`", job.id))
        };
        let wanted = job.id.split(',').filter(|id| !id.is_empty()).count();
        let request = self.client.get(&["job_statuses", "show_many"])?;
        let request = request.with_query("ids", job.id.as_str());
        let answer = self.client.json(ctx, &request).await?;
        let found = items(&answer, "/job_statuses")?;
        if found.is_empty() || found.len() < wanted {
            return Err(unknown());
        }
        if found.iter().any(|job| matches!(text(job, "/status"), Some("queued" | "working"))) {
            return Ok(Outcome::accepted(job.clone(), ASK_AFTER));
        }
        let results = found.iter().flat_map(|job| job.get("results").and_then(Value::as_array)).flatten();
        let failed = results.filter(|result| result.get("success") != Some(&true.into())).count();
        if failed > 0 || found.iter().any(|job| text(job, "/status") != Some("completed")) {
            return Err(ConnectorError::new(ErrorKind::Policy, Certainty::Unknown)
                .with_detail(format!("{failed} tickets were not given to the new assignee"))
                .with_help("the assignee has to be an agent in the group of each ticket"));
        }
        let Some(object) = &job.object else { return Ok(Outcome::done(true)) };
        if self.people()?.read(ctx, &object.id).await?.is_some()
            && !self.open_tickets(ctx, &object.id).await?.is_empty()
        {
            return Err(ConnectorError::new(ErrorKind::NotReady, Certainty::Refused)
                .with_detail("more tickets are left than one transfer takes; repeat it"));
        }
        Ok(Outcome::done(true).with_object(object.clone()))
    }

    /// Deals with the open tickets of an agent who is about to lose the paid role, as configured.
    pub(crate) async fn clear_tickets(&self, ctx: &Context, user: &str) -> Result<()> {
        let tickets = self.open_tickets(ctx, user).await?;
        let assignee = match self.config.open_tickets {
            _ if tickets.is_empty() => return Ok(()),
            OpenTickets::Unassign => Value::Null,
            OpenTickets::GiveTo(agent) => agent.into(),
            OpenTickets::Refuse => {
                let detail = format!("{} open tickets are assigned to the account", tickets.len());
                return Err(refused(ErrorKind::Policy, detail)
                    .with_help("transfer ownership before the role is taken away"));
            }
        };
        // One after the other instead of a job: the role may go only when the last one is done.
        for ticket in &tickets {
            let request = self.client.put(&["tickets", ticket])?;
            let request = request.with_json(&json!({ "ticket": { "assignee_id": assignee } }))?;
            self.client.send(ctx, &request).await?;
        }
        Ok(())
    }

    /// The tickets of an agent that are not closed; closed ones keep their assignee.
    async fn open_tickets(&self, ctx: &Context, user: &str) -> Result<Vec<String>> {
        let all = self.client.list(&["users", user, "tickets", "assigned"], "/tickets")?.all(ctx).await?;
        let open = all.iter().filter(|ticket| text(ticket, "/status") != Some("closed"));
        open.map(|ticket| id_text(ticket, "/id")).collect()
    }
}
