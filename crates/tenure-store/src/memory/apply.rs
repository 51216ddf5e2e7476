use std::collections::BTreeSet;

use super::state::{Pair, State};
use crate::rules::{self, HeldEvent, Lease};
use crate::told::Retold;
use crate::touch::Touched;
use crate::{AuditRecord, Batch, Condition, LinkRecord, NameRecord, Result, StoreError, Write};

enum Undo {
    Name(Pair, Option<NameRecord>),
    Link(Pair, Option<LinkRecord>),
    Lease(String, Option<Lease>),
}

impl State {
    /// Applies the writes that can be refused first, undoing them when one is, then all others. The two groups
    /// touch different parts of the state, so the order between them does not show.
    pub(super) fn apply(&mut self, batch: Batch) -> Result<()> {
        for condition in &batch.conditions {
            self.check(condition)?;
        }
        let mut undo = Vec::new();
        for write in &batch.writes {
            if let Err(refused) = self.try_write(write, &mut undo) {
                for step in undo.into_iter().rev() {
                    self.undo(step);
                }
                return Err(refused);
            }
        }
        self.touch(&batch);
        self.retell(&batch);
        let mut works = Vec::new();
        for write in batch.writes {
            match write {
                Write::Work(work) => works.push(work),
                write => self.write(write),
            }
        }
        self.works.insert(works);
        Ok(())
    }

    /// Forgets of those whom a batch is about what they were settled with.
    fn touch(&mut self, batch: &Batch) {
        let touched = Touched::by(&batch.writes);
        let owners = touched
            .accounts
            .iter()
            .filter_map(|(target, account)| self.links.get(&((*target).to_owned(), (*account).to_owned())))
            .map(|link| link.identity.as_str());
        let identities: BTreeSet<&str> = touched.identities.iter().copied().chain(owners).collect();
        for identity in identities {
            self.outlooks.touch(identity);
        }
    }

    fn retell(&mut self, batch: &Batch) {
        let audit = self.head().seq;
        for ((target, account), apply) in Retold::by(&batch.writes).into_changes(audit) {
            let key = (target.to_owned(), account.to_owned());
            let told = apply(self.told.remove(&key).unwrap_or_default());
            if !told.is_empty() {
                self.told.insert(key, told);
            }
        }
    }

    fn check(&self, condition: &Condition) -> Result<()> {
        match condition {
            Condition::PlanIs { plan, status } => {
                let found = self.plans.get(plan).map(|record| record.status);
                if found == Some(*status) {
                    return Ok(());
                }
                Err(StoreError::Conflict {
                    what: "plan",
                    key: plan.clone(),
                    expected: format!("status {status:?}").to_lowercase(),
                    found: found
                        .map_or("no such plan".to_owned(), |found| format!("{found:?}").to_lowercase()),
                })
            }
            Condition::Holds { lease, holder } => rules::check_holds(self.leases.get(lease), lease, holder),
            Condition::Taken(ticket) => self.works.check(ticket),
            Condition::ValueIs { key, value } => rules::check_value(self.values.get(key), key, value),
        }
    }

    fn try_write(&mut self, write: &Write, undo: &mut Vec<Undo>) -> Result<()> {
        match write {
            Write::Name(name) => {
                let key = (name.space.clone(), name.key.clone());
                rules::check_name(self.names.get(&key), name)?;
                let old = self.names.insert(key.clone(), name.clone());
                undo.push(Undo::Name(key, old));
            }
            Write::Link(link) => {
                let key = (link.target.clone(), link.account.clone());
                let live = self.live.get(&(link.target.clone(), link.identity.clone())).map(String::as_str);
                rules::check_link(self.links.get(&key), live, link)?;
                let old = self.set_link(key.clone(), Some(link.clone()));
                undo.push(Undo::Link(key, old));
            }
            Write::Lease { lease, holder, now, until, force } => {
                if !force {
                    rules::check_lease(self.leases.get(lease), lease, holder, *now)?;
                }
                let new = Lease { holder: holder.clone(), until: *until };
                undo.push(Undo::Lease(lease.clone(), self.leases.insert(lease.clone(), new)));
            }
            Write::Release { lease, holder }
                if self.leases.get(lease).is_some_and(|held| held.holder == *holder) =>
            {
                undo.push(Undo::Lease(lease.clone(), self.leases.remove(lease)));
            }
            Write::Ended { ticket, .. } | Write::Later { ticket, .. } => self.works.check(ticket)?,
            _ => {}
        }
        Ok(())
    }

    fn undo(&mut self, step: Undo) {
        match step {
            Undo::Name(key, Some(old)) => drop(self.names.insert(key, old)),
            Undo::Name(key, None) => drop(self.names.remove(&key)),
            Undo::Link(key, old) => drop(self.set_link(key, old)),
            Undo::Lease(name, Some(old)) => drop(self.leases.insert(name, old)),
            Undo::Lease(name, None) => drop(self.leases.remove(&name)),
        }
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Identity(record) => {
                self.identities.entry(record.id.clone()).or_default().push(record);
            }
            Write::Account(record) => {
                self.accounts.insert((record.target.clone(), record.id.clone()), record);
            }
            Write::ForgetAccount { target, account } => {
                self.accounts.remove(&(target, account));
            }
            Write::Grant(record) => {
                self.grants.insert(record.id.clone(), record);
            }
            Write::Held { held, at } => {
                let known = self.held.insert(held.key(), held.clone()).is_some();
                let effective = if known { at } else { held.since };
                self.held_history.push(HeldEvent { held, effective, recorded: at, lost: false });
            }
            Write::Lost { held, at } => {
                self.held.remove(&held.key());
                self.held_history.push(HeldEvent { held, effective: at, recorded: at, lost: true });
            }
            Write::Plan(record) => {
                self.plans.insert(record.hash.clone(), record);
            }
            Write::PlanStatus { plan, status } => {
                if let Some(record) = self.plans.get_mut(&plan) {
                    record.status = status;
                }
            }
            Write::Journal(entry) => self.journal.push(entry),
            Write::Guard(count) => self.guards.push(count),
            Write::Approval(record) => self.approvals.push(record),
            Write::Task(record) => {
                self.tasks.insert(record.id.clone(), record);
            }
            Write::Snapshot(record) => {
                self.snapshots.insert(record.scope.clone(), record);
            }
            Write::Value { key, value } if value.is_null() => {
                self.values.remove(&key);
            }
            Write::Value { key, value } => {
                self.values.insert(key, value);
            }
            Write::Stage { area, rows } => {
                let area = self.staged.entry(area).or_default();
                for row in rows {
                    area.entry(row.identity.clone()).or_default().push(row);
                }
            }
            Write::Unstage { area } => drop(self.staged.remove(&area)),
            Write::Outlook(record) => self.outlooks.set(record),
            Write::Due { identity, at } => self.outlooks.due(&identity, at),
            Write::Audit(draft) => {
                let record = AuditRecord::chain(&self.head(), draft);
                self.audit.push(record);
            }
            Write::Ended { ticket, outcome } => self.works.end(&ticket, outcome),
            Write::Later { ticket, until, .. } => self.works.show_again(&ticket, until),
            Write::Work(_)
            | Write::Told(_)
            | Write::Name(_)
            | Write::Link(_)
            | Write::Lease { .. }
            | Write::Release { .. } => {}
        }
    }
}
