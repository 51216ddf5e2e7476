use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{
    EntitlementKey, ExclusiveGroup, IdentityId, Override, OverrideKind, Reclaim, SeatReview, SeatRow,
    SeatVerdict, TargetId, TargetPolicy,
};
use tenure_store::IdentityRecord;

use crate::plan::{Plan, PlanOptions};
use crate::{Engine, EngineError, Result};

/// Which paid seats are to be taken back, who wants that, and why.
///
/// # Examples
///
/// ```
/// use tenure_engine::SeatReclaim;
/// use tenure_policy::SeatVerdict;
///
/// let wish = SeatReclaim::new("zendesk".parse()?, [SeatVerdict::Idle], "mara").of_tiers(["professional"]);
/// assert!(wish.people.is_none(), "whoever holds one");
/// # Ok::<(), tenure_policy::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeatReclaim {
    /// In which target.
    pub target: TargetId,
    /// With which verdicts.
    pub verdicts: BTreeSet<SeatVerdict>,
    /// Of these tiers only; of all, when absent.
    pub tiers: Option<BTreeSet<String>>,
    /// Of these people only; of all, when absent.
    pub people: Option<BTreeSet<IdentityId>>,
    /// Who wants it.
    pub by: String,
    /// Why; the verdict, when empty.
    pub reason: String,
    /// Until when what is taken back is withheld; until it is granted anew, when absent.
    pub until: Option<DateTime<Utc>>,
}

impl SeatReclaim {
    /// The seats of a target with some verdicts.
    #[must_use]
    pub fn new(target: TargetId, verdicts: impl IntoIterator<Item = SeatVerdict>, by: &str) -> Self {
        let verdicts = verdicts.into_iter().collect();
        Self {
            target,
            verdicts,
            tiers: None,
            people: None,
            by: by.to_owned(),
            reason: String::new(),
            until: None,
        }
    }

    /// Only of these tiers.
    #[must_use]
    pub fn of_tiers<'a>(mut self, tiers: impl IntoIterator<Item = &'a str>) -> Self {
        self.tiers = Some(tiers.into_iter().map(str::to_owned).collect());
        self
    }

    /// Only of these people.
    #[must_use]
    pub fn of_people(mut self, people: impl IntoIterator<Item = IdentityId>) -> Self {
        self.people = Some(people.into_iter().collect());
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// Withholds what is taken back only until then.
    #[must_use]
    pub fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    fn means(&self, row: &SeatRow) -> bool {
        let holder = &row.holder;
        self.verdicts.contains(&row.verdict)
            && self.tiers.as_ref().is_none_or(|tiers| tiers.contains(holder.seat.value()))
            && self
                .people
                .as_ref()
                .is_none_or(|people| holder.identity.as_ref().is_some_and(|id| people.contains(id)))
    }

    /// What has to stand for a seat to be taken back in its way. Where a weaker tier takes its place, what is stronger than that in an
    /// exclusive group gives way too, or the target would keep the stronger.
    fn orders(&self, row: &SeatRow, policy: Option<&TargetPolicy>, now: DateTime<Utc>) -> Vec<Override> {
        let why = match self.reason.as_str() {
            "" => words(row),
            reason => format!("{reason}: {}", words(row)),
        };
        let seat = row.holder.seat.clone();
        let withhold = |key: EntitlementKey| Override::withhold(key, &why, &self.by);
        let mut orders = match &row.reclaim {
            None => Vec::new(),
            Some(Reclaim::Suspend) => {
                vec![Override::new(OverrideKind::Suspend, &why, &self.by).only_in(self.target.clone())]
            }
            Some(Reclaim::Downgrade(weaker)) if row.verdict == SeatVerdict::Idle => {
                let stronger = policy.map(|policy| stronger_than(policy, weaker)).unwrap_or_default();
                let others = stronger.into_iter().filter(|key| *key != seat).map(withhold);
                [withhold(seat.clone()).giving(weaker.clone())].into_iter().chain(others).collect()
            }
            Some(_) => vec![withhold(seat)],
        };
        for order in &mut orders {
            (order.from, order.until) = (Some(now), self.until);
        }
        orders
    }
}

/// What comes before an entitlement in its exclusive groups.
fn stronger_than(policy: &TargetPolicy, key: &EntitlementKey) -> Vec<EntitlementKey> {
    let groups = policy.exclusive.iter().filter(|group| group.kind == key.kind);
    let of_group = |group: &ExclusiveGroup| match group.order.iter().position(|value| value == key.value()) {
        Some(place) => group.order.iter().take(place).cloned().collect(),
        None => Vec::new(),
    };
    let values = groups.flat_map(of_group);
    values.filter_map(|value| EntitlementKey::of(key.target.clone(), key.kind.clone(), &value).ok()).collect()
}

/// A plan that takes seats back, and what it leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReclaimPlan {
    /// The plan. Nothing is done and nothing is recorded before it is applied.
    pub plan: Plan,
    /// The seats that it takes back.
    pub seats: Vec<SeatRow>,
    /// The seats that were meant too, and why it does not take them.
    pub left: Vec<(SeatRow, String)>,
}

impl Engine {
    /// Plans to take paid seats back by their verdicts, from what was last observed, each in the mildest way that its policy allows: a
    /// cheaper tier, a suspended account, no seat. See [`review_seats`](Engine::review_seats) for the verdicts.
    ///
    /// The plan is like any other: it has reasons, a cost, guards and a hash, and is carried out by [`apply`](Engine::apply) as it is
    /// or not at all. With it the orders are recorded that keep the rules from giving the seats again; a grant that is approved later
    /// goes before them, and [`lift`](Engine::lift) ends them. What is free then is taken by those who wait with the next plan.
    ///
    /// # Errors
    ///
    /// * `Refused`, when the target has no paid seats, nobody is named who wants it, or it would end before it begins;
    /// * those of [`plan`](Engine::plan).
    pub async fn plan_reclaim(&self, wish: &SeatReclaim, now: DateTime<Utc>) -> Result<ReclaimPlan> {
        let refused = |detail: String| EngineError::Refused { detail };
        if wish.by.trim().is_empty() {
            return Err(refused("expected who wants the seats back, found nobody".to_owned()));
        }
        if let Some(until) = wish.until.filter(|until| *until <= now) {
            return Err(refused(format!("expected an end in the future, found {until}")));
        }
        let reviews = self.review_seats(now).await?;
        let review = reviews.into_iter().find(|review: &SeatReview| review.target == wish.target);
        let review = review.ok_or_else(|| refused(format!("`{}` has no paid seats", wish.target)))?;
        let meant: Vec<SeatRow> = review.rows.into_iter().filter(|row| wish.means(row)).collect();
        let people = self.people_among(&meant).await?;
        let (mut orders, mut chosen, mut left) =
            (BTreeMap::<_, Vec<Override>>::new(), Vec::new(), Vec::new());
        for row in meant {
            let person = row.holder.identity.clone().filter(|id| people.contains(id.as_str()));
            let policy = self.policy(now)?.target(&wish.target);
            match (person, wish.orders(&row, policy, now)) {
                (_, none) if none.is_empty() => left.push((row, "it is used and needed".to_owned())),
                (Some(person), these) => {
                    orders.entry(person).or_default().extend(these);
                    chosen.push(row);
                }
                (None, _) if row.holder.identity.is_none() => {
                    left.push((row, "the account belongs to nobody: say what becomes of it".to_owned()));
                }
                (None, _) => left.push((row, "a service holds it: change its scope".to_owned())),
            }
        }
        let options = PlanOptions::default().assuming(orders).in_targets([wish.target.clone()]);
        let plan = self.plan(now, &options).await?;
        let taken = |row: &SeatRow| {
            let person = row.holder.identity.as_ref();
            person.is_some_and(|id| {
                plan.steps_for(id).any(|step| step.target == wish.target && step.gives_up())
            })
        };
        let (seats, rest): (Vec<_>, Vec<_>) = chosen.into_iter().partition(taken);
        let why = "no step takes it now: the target is only watched, or what is to be done waits";
        left.extend(rest.into_iter().map(|row| (row, why.to_owned())));
        Ok(ReclaimPlan { plan, seats, left })
    }

    /// Those of the holders who are people, and no services.
    async fn people_among(&self, rows: &[SeatRow]) -> Result<BTreeSet<String>> {
        let ids: BTreeSet<String> =
            rows.iter().filter_map(|row| row.holder.identity.as_ref()).map(ToString::to_string).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let mut people = BTreeSet::new();
        for chunk in ids.chunks(AT_ONCE) {
            let found = self.store.identities_of(chunk).await?;
            let is_person = |record: &IdentityRecord| record.kind != IdentityRecord::WORKLOAD;
            people.extend(found.into_iter().filter(is_person).map(|record| record.id));
        }
        Ok(people)
    }
}

/// Why a seat is taken back, by its verdict.
fn words(row: &SeatRow) -> String {
    let verdict = match row.verdict {
        SeatVerdict::InUse => "is in use",
        SeatVerdict::Idle => "is idle",
        SeatVerdict::OtherTier => "is of another tier than is wanted",
        SeatVerdict::NoReason => "has no reason",
        SeatVerdict::Leaver => "belongs to somebody who has left",
        SeatVerdict::Orphan => "belongs to nobody",
    };
    match row.holder.last_use.filter(|_| row.verdict == SeatVerdict::Idle) {
        Some(used) => format!("the seat {verdict}, used last on {}", used.format("%Y-%m-%d")),
        None => format!("the seat {verdict}"),
    }
}

/// How many people are read at once.
const AT_ONCE: usize = 1_000;
