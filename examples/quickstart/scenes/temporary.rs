//! Access for a time: a request that was approved, its end by the calendar alone, and its return.

use tenure_engine::Engine;
use tenure_policy::{Grant, GrantId, GrantSource, IdentityId, RequestId, RoleId};
use tenure_terminal::Tone;

use super::time;
use crate::Result;
use crate::world::World;

/// An engineer on contract, who has no access to tickets by any rule.
const IVANA: &str = "W1045";
const SHOWN: &str = "zendesk/role:light-agent";

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let begin = time("2026-03-30T09:00:00Z")?;
    world.scene(
        "Access for a time",
        begin,
        "Ivana Horvat looks into tickets for a while; Priya Raman approved it",
    );
    let engine = world.engine()?;
    let grant = Grant::new(
        GrantId::parse("ivana-tickets")?,
        IdentityId::parse(IVANA)?,
        RoleId::parse("ticket-reader")?,
        GrantSource::Request(RequestId::parse("REQ-1207")?),
    )
    .approved("Priya Raman", "traces a fault that customers report");
    let grant = engine.grant(grant, "Priya Raman", begin).await?;
    world.settle(&engine, begin).await?;
    world.explain(&engine, IVANA, SHOWN, begin).await?;
    println!("    nobody named an end: the policy's 90 days count from today");

    let ended = time("2026-06-29T08:00:00Z")?;
    world.scene(
        "The time is over",
        ended,
        "three months went by; nobody took anything away, the calendar did",
    );
    let (plan, _) = world.settle(&engine, ended).await?;
    world.do_tasks(&engine, &plan, ended).await?;
    world.explain(&engine, IVANA, SHOWN, ended).await?;

    let again = super::proof::end()?;
    world.scene("The access comes back", again, "the fault is back too, and Priya Raman approves once more");
    engine.reinstate(&grant.id, "Priya Raman", "the fault is back", again).await?;
    world.settle(&engine, again).await?;
    world.explain(&engine, IVANA, SHOWN, again).await?;
    lineage(world, &engine).await
}

// Where each grant came from: whose approval, and which earlier grant it brings back.
async fn lineage(world: &World, engine: &Engine) -> Result<()> {
    for grant in engine.grants(&IdentityId::parse(IVANA)?).await? {
        let by = grant.approved_by.as_deref().unwrap_or("nobody");
        let old = grant.reinstates.map(|old| format!("reinstates grant `{old}`, ")).unwrap_or_default();
        let label = world.paint.text(Tone::Faint, "grant   ");
        println!("    {label} `{}`: {old}approved by {by}: {}", grant.id, grant.reason);
    }
    Ok(())
}
