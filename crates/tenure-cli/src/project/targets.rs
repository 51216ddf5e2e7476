use tenure_connector::{CheckReport, Connector as _, Context};

use super::connect;
use crate::config::{Config, Target};
use crate::failure::{Failure, chain};

/// What each system over a network answered, by name; a failure is told and the others are still asked.
pub(crate) type Answers = Vec<(String, Result<CheckReport, String>)>;

pub(super) async fn check(config: &Config) -> Result<Answers, Failure> {
    let mut answers = Vec::new();
    for (name, target) in &config.targets {
        // Opening a local target would make its file, and this command writes nothing.
        if matches!(target, Target::Csv(_) | Target::Directory { .. } | Target::Manual(_)) {
            continue;
        }
        let connector = connect::target(name, target).await?;
        let answer = connector.check(&Context::new("check")).await;
        answers.push((name.clone(), answer.map_err(|e| chain(&e))));
    }
    Ok(answers)
}
