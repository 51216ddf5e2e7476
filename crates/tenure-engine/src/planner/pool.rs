//! The pool of paid seats: what is given back in a plan is taken in the same plan, and no plan takes more than are bought.

use std::collections::BTreeSet;

use tenure_connector::EntitlementRef;
use tenure_policy::{IdentityId, SeatPolicy, TargetId};
use tenure_store::PageRequest;

use super::Planner;
use crate::Result;
use crate::plan::{Action, NoticeKind, Record, Step, StepId};

/// How many accounts are read at once.
const PAGE: usize = 2_000;

/// What a plan does to the seats of one tier.
#[derive(Default)]
struct Moves {
    /// Who takes one, by which step, for which account.
    taking: Vec<(Option<IdentityId>, StepId, String)>,
    /// The steps that give one back.
    giving: Vec<StepId>,
}

impl Planner<'_> {
    /// Lets those who take a seat that is not free wait for one of its tier that is given back; who would take one that nobody has
    /// bought is left out, and told. Only of tiers of which the policy says how many there are.
    pub(super) async fn share_seats(&mut self) -> Result<()> {
        let policy = self.engine.policy.clone();
        for (target, found) in policy.targets() {
            for seat in &found.seats {
                if let Some(owned) = seat.owned {
                    self.share_tier(target, seat, owned).await?;
                }
            }
        }
        Ok(())
    }

    async fn share_tier(&mut self, target: &TargetId, seat: &SeatPolicy, owned: u32) -> Result<()> {
        let Some(world) = self.world.targets.get(target) else { return Ok(()) };
        let is_seat = |entitlement: &EntitlementRef| world.is_seat(seat, &entitlement.kind, &entitlement.id);
        let Moves { mut taking, giving } = self.moves(target, is_seat);
        if taking.is_empty() {
            return Ok(());
        }
        let held = self.seats_held(target, is_seat).await?;
        // Other parameters for a seat that is held take none.
        taking.retain(|(.., account)| !held.contains(account));
        let free = usize::try_from(owned).unwrap_or(usize::MAX).saturating_sub(held.len());
        // Who comes first is settled by their ids, so that the same facts give the same plan.
        taking.sort();
        let mut giving = giving.into_iter();
        let mut missing = 0;
        for (who, id, _) in taking.into_iter().skip(free) {
            let Some(step) = self.steps.iter_mut().find(|step| step.id == id) else { continue };
            if let Some(before) = giving.next() {
                step.after.insert(before);
                continue;
            }
            let text = format!("{} waits: every seat `{}` is taken", step.title(), seat.tier);
            self.leave_out_quietly(&id);
            self.notice(NoticeKind::WaitingForSeat, Some(target), who.as_ref(), text);
            missing += 1;
        }
        if missing > 0 {
            let text = format!(
                "{missing} more of `{}` are needed than the {owned} that are bought: buy them, or take others back",
                seat.tier
            );
            self.notice(NoticeKind::Task, Some(target), None, text);
        }
        Ok(())
    }

    fn moves(&self, target: &TargetId, is_seat: impl Fn(&EntitlementRef) -> bool) -> Moves {
        let mut moves = Moves::default();
        for step in self.steps.iter().filter(|step| step.target == *target) {
            for record in &step.records {
                match record {
                    Record::Hold { entitlement, .. } if is_seat(entitlement) => {
                        moves.taking.push((step.identity.clone(), step.id.clone(), account(step).to_owned()));
                    }
                    Record::Lose { entitlement } if is_seat(entitlement) => {
                        moves.giving.push(step.id.clone())
                    }
                    _ => {}
                }
            }
        }
        moves
    }

    /// The accounts of a target that hold a seat now.
    async fn seats_held(
        &self,
        target: &TargetId,
        is_seat: impl Fn(&EntitlementRef) -> bool,
    ) -> Result<BTreeSet<String>> {
        let mut accounts = BTreeSet::new();
        let mut page = PageRequest::first(PAGE);
        loop {
            let records = self.engine.store.held_by(target.as_str(), &page).await?;
            let Some(last) = records.last() else { return Ok(accounts) };
            page = PageRequest::after(last.account.clone(), PAGE);
            let seats = records
                .into_iter()
                .filter(|held| is_seat(&EntitlementRef::new(held.kind.as_str(), held.value.as_str())));
            accounts.extend(seats.map(|held| held.account));
        }
    }
}

/// The account that a step is about; nothing, while there is none.
fn account(step: &Step) -> &str {
    match &step.action {
        Action::Operation(operation) => {
            operation.object().map(|object| object.id.as_str()).unwrap_or_default()
        }
        _ => "",
    }
}
