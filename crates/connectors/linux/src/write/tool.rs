use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result, Retry};

use crate::connector::LinuxConnector;
use crate::runner::{Command, Finished};

impl LinuxConnector {
    /// Runs a tool of shadow-utils on names, on the host or on its image.
    pub(super) async fn tool(&self, line: &[&str], names: &[&str]) -> Result<Finished> {
        let Some((tool, options)) = line.split_first() else {
            return Err(refused("", Some(1), "no command"));
        };
        let mut arguments = vec![*tool];
        if let Some(root) = &self.config.root {
            arguments.extend(["--prefix", root]);
        }
        arguments.extend(options);
        // What follows are names, whatever they begin with.
        arguments.push("--");
        arguments.extend(names);
        self.finish(tool, &Command::new(arguments)).await
    }

    /// Runs a command that has to succeed.
    pub(super) async fn finish(&self, tool: &str, command: &Command) -> Result<Finished> {
        let finished = self.run(command).await?;
        match finished.code {
            Some(0) => Ok(finished),
            code => Err(refused(tool, code, &finished.complaint)),
        }
    }
}

/// What an exit code of shadow-utils means; its manual pages list them.
fn refused(tool: &str, code: Option<i32>, complaint: &str) -> ConnectorError {
    let busy = complaint.contains("cannot lock");
    let (kind, retry) = match code {
        _ if busy => (ErrorKind::Unavailable, Retry::Temporary),
        Some(2 | 3) => (ErrorKind::InvalidInput, Retry::Permanent),
        Some(4 | 9) => (ErrorKind::AlreadyExists, Retry::Permanent),
        Some(6) => (ErrorKind::NotFound, Retry::Permanent),
        // Logged in, or the group is someone's primary one.
        Some(8) => (ErrorKind::Policy, Retry::Permanent),
        Some(1 | 10) if complaint.contains("Permission denied") => (ErrorKind::Permission, Retry::Permanent),
        Some(126 | 127) => (ErrorKind::Config, Retry::Permanent),
        // `ssh` itself.
        Some(255) => (ErrorKind::Unavailable, Retry::Temporary),
        _ => (ErrorKind::Unexpected, Retry::Permanent),
    };
    let certainty = match code {
        Some(255) | None => Certainty::Unknown,
        _ => Certainty::Refused,
    };
    let line = complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
    let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
    let code = code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
    ConnectorError::new(kind, certainty)
        .with_retry(retry)
        .with_vendor_code(format!("{tool}:{code}"))
        .with_detail(line.trim_end_matches('.'))
}
