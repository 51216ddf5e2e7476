//! What a change of the policy would do, before anybody approves it: who gains and loses what, what it costs, what comes anyway.
//!
//!     cargo run --example policy_whatif
//!
//! No store, no target and no network: the policy is a pure function.

use tenure::policy::{Engagement, Facts, Identity, Person};
use tenure::prelude::*;

const BEFORE: &str = r#"
version: 1
roles:
  agent: { entitlements: [desk/licence:professional, desk/role:agent] }
rules:
  - { id: support, when: 'department eq "Support"', roles: [agent] }
targets:
  desk: { mode: managed, seat: { tier: professional, price: 115.00 USD, per: month, billed: annually } }
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let before = compile(BEFORE)?;
    let after = compile(&BEFORE.replace(
        r#"'department eq "Support"'"#,
        r#"'department eq "Support" and not (title co "Trainee")'"#,
    ))?;
    let people = [
        person("W1", "Anna", "Support", "Agent", None)?,
        person("W2", "Bert", "Support", "Trainee", None)?,
        person("W3", "Cleo", "Sales", "Manager", None)?,
        person("W4", "Dora", "Support", "Agent", Some("2026-04-30"))?,
    ];
    let now = "2026-03-02T08:00:00Z".parse()?;

    println!("If the new policy were in force:");
    let impact = before.impact(&after, &people, |_| Facts::new(now))?;
    for row in &impact.rows {
        let losses: Vec<_> = row.losses.iter().map(ToString::to_string).collect();
        println!("  {} gains {} and loses {}", row.identity, row.gains.len(), losses.join(", "));
    }
    for (seat, seats) in &impact.seats {
        let cost = seats.cost_after.as_ref().map(|money| money.to_string()).unwrap_or_default();
        println!("  {seat}: {} seats instead of {}, {cost} a year", seats.after, seats.before);
    }
    assert_eq!(impact.rows.len(), 1);

    println!("\nIn the next ninety days, whatever the policy:");
    let until = "2026-05-31T00:00:00Z".parse()?;
    for event in before.forecast(&people, |_| Facts::new(now), until).events {
        let lost = event.change.map(|change| change.losses.len()).unwrap_or_default();
        println!(
            "  {} {}: {} becomes {}, {lost} entitlements end",
            event.at, event.identity, event.phase.0, event.phase.1
        );
    }

    println!("\nWhy not:");
    let agent = "desk/role:agent".parse()?;
    println!("{}", after.explain(&people[1], &Facts::new(now), &agent));
    Ok(())
}

fn compile(text: &str) -> Result<Policy, Box<dyn std::error::Error>> {
    Ok(Policy::compile(PolicyDocument::from_yaml("policy.yaml", text)?)?)
}

fn person(
    id: &str,
    name: &str,
    department: &str,
    title: &str,
    last_day: Option<&str>,
) -> Result<Identity, Box<dyn std::error::Error>> {
    let about = Resource::new(tenure::scim::uri::USER).with("displayName", name)?;
    let enterprise = format!("{}:department", tenure::scim::uri::ENTERPRISE_USER);
    let work = Resource::new(tenure::scim::uri::USER).with("title", title)?.with(&enterprise, department)?;
    let engagement = Engagement::new(
        format!("E-{id}").parse()?,
        "Employee",
        "2026-01-01".parse()?,
        "Europe/Berlin".parse()?,
    );
    let engagement = engagement.with_attributes(work);
    let engagement = match last_day {
        Some(day) => engagement.until(day.parse()?),
        None => engagement,
    };
    Ok(Person::new(id.parse()?, about).with_engagement(engagement).into())
}
