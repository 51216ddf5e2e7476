use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tenure_engine::Census;

use super::{Happening, Request, RequestState, StageState};
use crate::keep::{Change, Kept, Record, SYSTEM};
use crate::{Calendar, Governance, Message, MessageKind, Result, Term};

impl Governance {
    /// What is due for a request that waits: it lapses, others may decide, those who have not are reminded. One thing at a time.
    pub(crate) async fn step_pending(
        &self,
        kept: &Kept<Request>,
        census: &Census,
    ) -> Result<Option<Happening>> {
        let now = census.now();
        let mut request = kept.value.clone();
        let gone =
            |id| census.identity(id).is_none_or(|found| census.policy().state(found, now).phase.is_gone());
        if gone(&request.asked.subject) {
            let reason = "the person has left".to_owned();
            request.state = RequestState::Withdrawn { by: SYSTEM.to_owned(), reason };
            return self.close(kept, request, census, Happening::Closed).await;
        }
        let calendar = &self.rules.document().calendar;
        let Some(stage) = request.stages.iter_mut().find(|stage| stage.state == StageState::Open) else {
            return Ok(None);
        };
        let opened = stage.opened.unwrap_or(request.submitted);
        if stage.rule.lapse.is_some_and(|term| term.after(opened, calendar) <= now) {
            request.state = RequestState::Lapsed;
            return self.close(kept, request, census, Happening::Lapsed).await;
        }
        let escalates =
            stage.rule.escalate.as_ref().map(|escalation| escalation.after.after(opened, calendar));
        let happened = if stage.escalated.is_none() && escalates.is_some_and(|at| at <= now) {
            stage.escalated = Some(now);
            Happening::Escalated
        } else if stage.remind_at.is_some_and(|at| at <= now) {
            stage.remind_at = stage.rule.remind.map(|term| next_after(term, now, calendar));
            Happening::Reminded
        } else {
            return Ok(None);
        };
        let (action, kind) = match happened {
            Happening::Escalated => ("request.escalate", MessageKind::Escalation),
            _ => ("request.remind", MessageKind::Reminder),
        };
        let why = json!({"rule": stage.rule.id, "opened": opened});
        let mut change = Change::new(request.id.as_str(), now);
        change.replace(kept, &request)?;
        change.audit(Record { why, ..self.record(&request, SYSTEM, action) });
        self.tell_approvers(&mut change, &request, now, kind).await?;
        change.commit(self.store()).await?;
        Ok(Some(happened))
    }

    /// Tells the holder that access ends soon, once for each term that the rules name.
    pub(crate) async fn remind_of_end(
        &self,
        kept: &Kept<Request>,
        end: DateTime<Utc>,
        census: &Census,
    ) -> Result<Option<Happening>> {
        let now = census.now();
        let terms = &self.rules.document().requests.remind_before_end;
        let calendar = &self.rules.document().calendar;
        let due = terms.iter().filter(|term| term.after(now, calendar) >= end).count();
        if due <= kept.value.reminders {
            return Ok(None);
        }
        let mut request = kept.value.clone();
        request.reminders = due;
        let mut change = Change::new(request.id.as_str(), now);
        change.replace(kept, &request)?;
        let why = json!({"ends": end});
        change.audit(Record { why, ..self.record(&request, SYSTEM, "request.remind") });
        let text = format!("{} ends on {}", request.title(), end.format("%Y-%m-%d"));
        let subject = &request.asked.subject;
        change.tell(&Message::new(subject, MessageKind::EndsSoon, request.id.as_str(), text, now))?;
        change.commit(self.store()).await?;
        Ok(Some(Happening::EndsSoon))
    }
}

/// The next reminder. A term of no time at all must not remind at every look.
fn next_after(term: Term, now: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
    term.after(now, calendar).max(now + TimeDelta::hours(1))
}
