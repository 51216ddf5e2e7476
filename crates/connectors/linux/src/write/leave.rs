//! What leaves with an account: its sessions, its files, and the account itself.

use tenure_connector::{Outcome, Result, SideEffect};

use crate::connector::{LinuxConnector, unsupported};
use crate::files::Account;
use crate::runner::Command;

impl LinuxConnector {
    /// Ends every process of an account. First through the login manager, which also ends what it would start again.
    pub(super) async fn end_sessions(&self, account: &Account) -> Result<Outcome> {
        let uid = account.uid.to_string();
        let running = self.run(&Command::new(["pgrep", "--count", "--uid", &uid])).await?;
        if running.code == Some(1) {
            return Ok(Outcome::already_so());
        }
        // A host without one answers with an error.
        drop(self.run(&Command::new(["loginctl", "terminate-user", &uid])).await);
        let ended = self.run(&Command::new(["pkill", "--signal", "KILL", "--uid", &uid])).await?;
        match ended.code {
            // Nothing was left for it.
            Some(0 | 1) => Ok(Outcome::done(true).with_effect(SideEffect::EndsSessions)),
            _ => self
                .finish("pkill", &Command::new(["pgrep", "--uid", &uid]))
                .await
                .map(|_| Outcome::done(true)),
        }
    }

    /// Gives what an account owns in its home to another one. Links are given, not followed.
    pub(super) async fn give_home(&self, from: &Account, to: &Account) -> Result<Outcome> {
        if from.home.trim_matches('/').is_empty() {
            return Err(unsupported(format!("`{}` has no home of its own", from.name)));
        }
        let home = self.path(&from.home);
        let uid = from.uid.to_string();
        let owned = Command::new(["find", &home, "-uid", &uid, "-print", "-quit"]);
        let owned = self.run(&owned).await?;
        if owned.output.is_empty() || from.uid == to.uid {
            return Ok(Outcome::already_so());
        }
        let (before, after) = (format!("--from={uid}"), format!("{}:{}", to.uid, to.gid));
        let give = ["chown", "--recursive", "--no-dereference", &before, "--", &after, &home];
        self.finish("chown", &Command::new(give)).await?;
        Ok(Outcome::done(true))
    }

    pub(super) async fn delete(&self, account: &Account) -> Result<Outcome> {
        let line: &[&str] = if self.config.remove_home { &["userdel", "--remove"] } else { &["userdel"] };
        self.tool(line, &[&account.name]).await?;
        Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
    }
}
