use serde_json::{Value, json};

use super::answer::{bad, invalid, not_found};
use super::page::page;
use super::{Job, Zendesk};
use crate::vendor::{Call, Reply};

impl Zendesk {
    pub(super) fn assigned(&self, agent: u64, call: &Call) -> Result<Reply, Reply> {
        self.show(agent)?;
        let found = self.tickets.iter().filter(|(_, ticket)| ticket.assignee == Some(agent));
        let shown = found.map(|(id, ticket)| {
            let shown = json!({
                "id": id, "assignee_id": ticket.assignee, "group_id": ticket.group, "status": ticket.status,
                "requester_id": ticket.requester,
            });
            (*id, shown)
        });
        Ok(page(call, "tickets", shown))
    }

    pub(super) fn update_ticket(&mut self, id: u64, call: &Call) -> Result<Reply, Reply> {
        let wanted =
            call.body.pointer("/ticket/assignee_id").ok_or_else(|| bad("assignee_id is required"))?;
        let assignee = wanted.as_u64();
        if !assignee.is_none_or(|agent| self.users.get(&agent).is_some_and(|user| self.is_paid(user))) {
            return Err(invalid("assignee", "Assignee: is not an agent", "InvalidValue"));
        }
        let ticket = self.tickets.get_mut(&id).ok_or_else(not_found)?;
        ticket.assignee = assignee;
        Ok(Reply::json(
            200,
            json!({ "ticket": { "id": id, "assignee_id": assignee, "status": ticket.status } }),
        ))
    }

    /// Starts a job that gives tickets another assignee.
    pub(super) fn update_tickets(&mut self, call: &Call) -> Result<Reply, Reply> {
        let ids: Vec<u64> =
            call.parameter("ids").unwrap_or_default().split(',').filter_map(|id| id.parse().ok()).collect();
        if ids.is_empty() || ids.len() > 100 {
            return Err(bad("ids must name 1 to 100 tickets"));
        }
        let running = self.jobs.values().filter(|job| job.results.is_empty()).count();
        if running >= 30 {
            return Err(invalid("base", "Too many jobs are queued or running", "TooManyJobs"));
        }
        let wanted = call.body.pointer("/ticket/assignee_id");
        let Some(wanted) = wanted else { return Err(bad("assignee_id is required")) };
        let id = format!("{:032x}", self.next_id());
        let job = Job {
            left: self.options.job_delay,
            tickets: ids,
            assignee: wanted.as_u64(),
            results: Vec::new(),
        };
        self.jobs.insert(id.clone(), job);
        let shown = self.jobs.get(&id).map(|job| shown_job(&id, job));
        Ok(Reply::json(200, json!({ "job_status": shown })))
    }

    pub(super) fn show_jobs(&mut self, call: &Call) -> Reply {
        let ids: Vec<String> =
            call.parameter("ids").unwrap_or_default().split(',').map(str::to_owned).collect();
        let mut shown = Vec::new();
        for id in ids {
            self.work(&id);
            shown.extend(self.jobs.get(&id).map(|job| shown_job(&id, job)));
        }
        Reply::json(200, json!({ "job_statuses": shown }))
    }

    fn work(&mut self, id: &str) {
        let Some(job) = self.jobs.get_mut(id).filter(|job| job.results.is_empty()) else { return };
        if job.left > 0 {
            job.left -= 1;
            return;
        }
        let (tickets, assignee) = (job.tickets.clone(), job.assignee);
        let can_work = |id: u64| self.users.get(&id).is_some_and(|user| self.is_paid(user));
        let fits = assignee.is_none_or(can_work);
        let mut results = Vec::new();
        for (index, id) in tickets.into_iter().enumerate() {
            match self.tickets.get_mut(&id).filter(|_| fits) {
                Some(ticket) => {
                    ticket.assignee = assignee;
                    results
                        .push(json!({ "action": "update", "id": id, "status": "Updated", "success": true }));
                }
                None => results.push(json!({
                    "id": id, "index": index, "error": "TicketUpdateFailed", "success": false,
                    "details": "Assignee: is not an agent", "status": "Failed",
                })),
            }
        }
        if let Some(job) = self.jobs.get_mut(id) {
            job.results = results;
        }
    }
}

fn shown_job(id: &str, job: &Job) -> Value {
    let done = !job.results.is_empty();
    json!({
        "id": id, "job_type": "Bulk Update Ticket", "url": format!("https://example.zendesk.com/api/v2/job_statuses/{id}.json"),
        "status": if done { "completed" } else { "working" }, "total": job.tickets.len(),
        "progress": if done { job.tickets.len() } else { 0 }, "message": null, "results": job.results,
    })
}
