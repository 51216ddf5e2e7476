//! Running commands. Arguments are a list from end to end; no shell sees them unquoted.

use std::fmt;
use std::process::Stdio;

use async_trait::async_trait;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result, Secret};
use tokio::io::AsyncWriteExt as _;

/// A command with its arguments, and what it reads.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program and its arguments.
    pub arguments: Vec<String>,
    /// What it reads; nothing when absent. Never printed.
    pub input: Option<Secret>,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; nothing when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote.
    pub output: Vec<u8>,
    /// What it complained of.
    pub complaint: String,
}

/// Runs commands on the host.
#[async_trait]
pub trait Runner: Send + Sync + fmt::Debug {
    /// Runs a command to its end. One that fails is not an error, but its code.
    ///
    /// # Errors
    ///
    /// It could not be started, or its end is not known.
    async fn run(&self, command: &Command) -> Result<Finished>;
}

/// Runs commands on this host, or through another program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Through {
    /// What stands before every command; nothing for this host.
    pub before: Vec<String>,
    /// Whether that program joins arguments to a line for a shell, as `ssh` does.
    pub remote_shell: bool,
}

impl Command {
    /// A command with its arguments.
    #[must_use]
    pub fn new<I: IntoIterator<Item = S>, S: Into<String>>(arguments: I) -> Self {
        Self { arguments: arguments.into_iter().map(Into::into).collect(), input: None }
    }
}

impl Through {
    fn line(&self, arguments: &[String]) -> Vec<String> {
        let said = arguments.iter().map(|one| if self.remote_shell { quoted(one) } else { one.clone() });
        self.before.iter().cloned().chain(said).collect()
    }
}

#[async_trait]
impl Runner for Through {
    async fn run(&self, command: &Command) -> Result<Finished> {
        let line = self.line(&command.arguments);
        let failed = |certainty, detail: String| {
            ConnectorError::new(ErrorKind::Unavailable, certainty).with_detail(detail)
        };
        let Some((program, arguments)) = line.split_first() else {
            return Err(failed(Certainty::NotAttempted, "no command".to_owned()));
        };
        let mut started = tokio::process::Command::new(program)
            .args(arguments)
            .env("LC_ALL", "C")
            .stdin(if command.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(Certainty::NotAttempted, format!("cannot run `{program}`: {error}")))?;
        if let (Some(input), Some(mut pipe)) = (&command.input, started.stdin.take()) {
            let written = pipe.write_all(input.expose().as_bytes()).await;
            written.map_err(|_| failed(Certainty::Unknown, format!("`{program}` did not read its input")))?;
        }
        let ended = started.wait_with_output().await;
        let ended = ended.map_err(|error| failed(Certainty::Unknown, format!("`{program}`: {error}")))?;
        let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
        Ok(Finished { code: ended.status.code(), output: ended.stdout, complaint })
    }
}

/// Quotes an argument for a POSIX shell.
fn quoted(argument: &str) -> String {
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_remote_shell_reads_is_quoted() {
        let ssh = Through { before: vec!["ssh".to_owned(), "h".to_owned()], remote_shell: true };
        assert_eq!(
            ssh.line(&["usermod".to_owned(), "$(reboot) 'x'".to_owned()]),
            ["ssh", "h", "'usermod'", r"'$(reboot) '\''x'\'''"]
        );
        let here = Through::default();
        assert_eq!(here.line(&["a b".to_owned()]), ["a b"]);
    }

    #[tokio::test]
    async fn a_command_gets_its_arguments_as_they_are() {
        let finished =
            Through::default().run(&Command::new(["printf", "%s|", "a b", "$(id)", ";", ""])).await.unwrap();
        assert_eq!((finished.code, finished.output.as_slice()), (Some(0), b"a b|$(id)|;||".as_slice()));
        let through = Through {
            before: vec!["sh".to_owned(), "-c".to_owned(), "eval \"$0 $*\"".to_owned()],
            remote_shell: true,
        };
        let finished = through.run(&Command::new(["printf", "%s|", "a b", "$(id)", ";"])).await.unwrap();
        assert_eq!(finished.output, b"a b|$(id)|;|");
        assert!(Through::default().run(&Command::new(["no-such-program-anywhere"])).await.is_err());
    }
}
