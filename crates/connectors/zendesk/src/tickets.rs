//! What an agent owns: tickets.

use std::time::Duration;

use serde_json::{Value, json};
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, JobRef, OperationKind, Outcome, OwnershipScope, Result,
};
use tenure_connector_rest::system::{Found, Jobs, as_number, id_text, is, refused, text};

use crate::access::role_of;
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
        if role_of(to.item).is_none() {
            let why = format!("{} open tickets need an agent, and `{}` is an end user", tickets.len(), to.id);
            return Err(refused(ErrorKind::Policy, why));
        }
        let body = json!({ "ticket": { "assignee_id": as_number(to.id) } });
        let mut requests = Vec::new();
        for batch in tickets.chunks(BATCH) {
            let request = self.client.put(&["tickets", "update_many"])?;
            requests.push(request.with_query("ids", batch.join(",")).with_json(&body)?);
        }
        self.jobs().start(from, OperationKind::TransferOwnership, requests).await
    }

    fn jobs(&self) -> Jobs {
        Jobs::new(&self.client, "job_statuses/show_many?ids={id}", ASK_AFTER)
            .named_at("/job_status/id")
            .several("/job_statuses", JOBS)
            .ended(ended)
    }

    /// Jobs that are over may have left tickets: more than they take, or new ones.
    pub(crate) async fn ask_jobs(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        let outcome = self.jobs().poll(ctx, job).await?;
        if let Some(agent) = job.object.as_ref().filter(|_| outcome.changed())
            && self.people()?.read(ctx, &agent.id).await?.is_some()
            && !self.open_tickets(ctx, &agent.id).await?.is_empty()
        {
            return Err(ConnectorError::new(ErrorKind::NotReady, Certainty::Refused)
                .with_detail("more tickets are left than one transfer takes; repeat it"));
        }
        Ok(outcome)
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

fn ended(jobs: &[Value]) -> Result<bool> {
    if jobs.iter().any(|job| matches!(text(job, "/status"), Some("queued" | "working"))) {
        return Ok(false);
    }
    let results = jobs.iter().filter_map(|job| job.get("results")?.as_array()).flatten();
    let failed = results.filter(|result| !is(result, "/success")).count();
    if failed == 0 && jobs.iter().all(|job| text(job, "/status") == Some("completed")) {
        return Ok(true);
    }
    Err(ConnectorError::new(ErrorKind::Policy, Certainty::Unknown)
        .with_detail(format!("{failed} tickets were not given to the new assignee"))
        .with_help("the assignee has to be an agent in the group of each ticket"))
}
