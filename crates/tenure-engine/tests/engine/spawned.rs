//! What a host program waits for long, it may hand to a task of its own: the futures are `Send`, whatever they hold.

use chrono::{DateTime, Utc};
use tenure_connector::Timer;
use tenure_engine::{ApplyOptions, Engine, Plan, PlanOptions, Schedule};
use tenure_policy::{EntitlementKey, GrantId, IdentityId};

fn may_be_spawned(_: impl Future + Send) {}

/// Compiles, or not: that is the test.
#[expect(dead_code, reason = "is compiled and never called")]
fn long_calls_may_be_spawned(
    engine: &Engine,
    plan: &Plan,
    now: DateTime<Utc>,
    plans: &PlanOptions,
    options: &ApplyOptions,
) {
    may_be_spawned(engine.observe(now));
    may_be_spawned(engine.observe_changes(now));
    may_be_spawned(engine.plan(now, plans));
    may_be_spawned(engine.apply(plan, options));
    may_be_spawned(engine.preview(plan));
    may_be_spawned(engine.resume(options));
    may_be_spawned(engine.poll(now));
    may_be_spawned(engine.undo("", now));
    may_be_spawned(engine.cycle(options));
    may_be_spawned(engine.census(now));
    may_be_spawned(engine.seats(now));
    may_be_spawned(engine.review_seats(now));
    may_be_spawned(engine.unlinked(now));
    may_be_spawned(engine.submit(plan, options));
}

#[expect(dead_code, reason = "is compiled and never called")]
fn the_loop_may_be_spawned(engine: &Engine, timer: &dyn Timer, schedule: &Schedule, options: &ApplyOptions) {
    may_be_spawned(engine.run(&|| options.now, timer, schedule, options, |_| {}));
}

#[expect(dead_code, reason = "is compiled and never called")]
fn what_is_asked_about_one_may_be_spawned(
    engine: &Engine,
    who: &IdentityId,
    what: &EntitlementKey,
    grant: &GrantId,
    now: DateTime<Utc>,
) {
    may_be_spawned(engine.explain(who, what, now));
    may_be_spawned(engine.access(who));
    may_be_spawned(engine.reinstate(grant, "", "", now));
    may_be_spawned(engine.revoke_grant(grant, "", "", now));
}

fn spawned<T: Send + 'static>(_: impl Future<Output = T> + Send + 'static) {}

#[expect(dead_code, reason = "is compiled and never called")]
fn an_engine_may_move_into_a_task(engine: Engine, now: DateTime<Utc>) {
    spawned(async move { engine.observe(now).await });
}
