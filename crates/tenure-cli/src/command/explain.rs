//! `tenure explain`: what somebody has, and why or why not.

use std::path::Path;

use tenure_engine::report::Report;
use tenure_engine::{Engine, Found};
use tenure_policy::EntitlementKey;

use super::Session;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Tone};
use crate::project::Project;

pub(super) async fn run(
    session: &Session,
    who: &str,
    what: Option<&str>,
    written: Option<&Path>,
) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    let found = one(session, &engine, who).await?;
    match what {
        Some(text) => {
            let help = "write it as target/kind:value, for instance zendesk/role:agent";
            let key: EntitlementKey = text.parse().map_err(|e| Failure::usage(e, help))?;
            let answer = engine.explain(&found.identity, &key, session.now).await;
            let answer = answer.map_err(|e| Failure::engine("cannot explain", &e))?;
            print!("{}", present::explanation(&answer, session.paint));
        }
        None => {
            let held =
                engine.access(&found.identity).await.map_err(|e| Failure::engine("cannot explain", &e))?;
            let name = session.paint.text(Tone::Strong, &found.name);
            println!("{name} ({}), {}: {}\n", found.identity, found.state.phase, found.state.reason);
            print!("{}", present::access(&held, session.paint));
            if let Some(path) = written {
                super::report::write(path, &Report::of_person(&found, &held, session.now))?;
            }
        }
    }
    Ok(Exit::Done)
}

pub(super) async fn one(session: &Session, engine: &Engine, who: &str) -> Result<Found, Failure> {
    let mut found = engine.find(who, session.now).await.map_err(|e| Failure::engine("cannot search", &e))?;
    if let Some(exact) = found.iter().position(|f| f.identity.as_str() == who || f.name == who) {
        return Ok(found.swap_remove(exact));
    }
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => Err(Failure::usage(
            format!("nobody is called `{who}`"),
            "known are those of the last plan or apply",
        )),
        _ => {
            let names: Vec<String> = found.iter().map(|f| format!("{} ({})", f.name, f.identity)).collect();
            Err(Failure::usage(format!("`{who}` fits several"), format!("one of: {}", names.join(", "))))
        }
    }
}
