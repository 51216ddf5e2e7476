//! Writing: one command of the host for each change.

mod leave;
mod tool;
mod wanted;

use tenure_connector::{
    Certainty, ConnectorError, Context, CredentialSource, DeleteMode, EntitlementRef, ErrorKind, ObjectClass,
    Operation, Outcome, OwnershipScope, Result, Secret, SessionScope, SideEffect, WriteRequest, check_shape,
};
use tenure_scim::{Patch, Resource};

use self::wanted::Wanted;
use crate::account::STOPPED;
use crate::connector::{LinuxConnector, unsupported};
use crate::files::{Account, Group, Host};
use crate::list::is_member;
use crate::runner::Command;

impl LinuxConnector {
    pub(crate) async fn write(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let _alone = self.writing.lock().await;
        let host = self.host().await?;
        let operation = &request.operation;
        let Some(object) = operation.object() else {
            return match operation {
                Operation::Create { class, resource } => self.create(&host, class, resource).await,
                other => Err(ConnectorError::unsupported(other.class(), other.kind())),
            };
        };
        let found = self.one(&host, object)?;
        let Some(found) = found else {
            return match operation.satisfied_by_absence() {
                true => Ok(Outcome::already_gone()),
                false => Err(ConnectorError::not_found(object)),
            };
        };
        if let Some(expected) =
            request.expected.as_ref().filter(|expected| Some(*expected) != found.version.as_ref())
        {
            return Err(ConnectorError::new(ErrorKind::Conflict, Certainty::Refused)
                .with_detail(format!("expected version `{expected}` of `{object}`, found another one")));
        }
        if let Some(group) =
            self.group(&host, object).ok().flatten().filter(|_| object.class == ObjectClass::GROUP)
        {
            return self.write_group(&host, group, operation).await;
        }
        let account = self.account(&host, object)?.ok_or_else(|| ConnectorError::not_found(object))?;
        match operation {
            Operation::Update { patch, .. } => self.update(&host, account, found.resource, patch).await,
            Operation::SetStatus { status, .. } => self.set_status(account, status.is_active()).await,
            Operation::Grant { entitlement, parameters, .. } => {
                if let Some(name) = parameters.keys().next() {
                    return Err(ConnectorError::invalid_input(name, "a membership takes no parameters"));
                }
                self.grant(&host, account, entitlement).await
            }
            Operation::Revoke { entitlement, .. } => self.revoke(&host, account, entitlement).await,
            Operation::RevokeSessions { scope: SessionScope::All, .. } => self.end_sessions(account).await,
            Operation::RevokeSessions { scope, .. } => {
                Err(unsupported(format!("all sessions end or none; there is no scope `{scope:?}`")))
            }
            Operation::SetCredential { credential, .. } => self.set_password(ctx, account, credential).await,
            Operation::TransferOwnership { to, scope: OwnershipScope::All, .. } => {
                let receiver = self.account(&host, to)?.ok_or_else(|| ConnectorError::not_found(to))?;
                self.give_home(account, receiver).await
            }
            Operation::Delete { mode: DeleteMode::Permanent, .. } => self.delete(account).await,
            Operation::Delete { mode, .. } => {
                let detail = format!("a host removes for good, it has no `{mode:?}` deletion").to_lowercase();
                Err(unsupported(detail).with_help("stop the account with `set_status`"))
            }
            other => Err(ConnectorError::unsupported(other.class(), other.kind())),
        }
    }

    async fn create(&self, host: &Host, class: &ObjectClass, resource: &Resource) -> Result<Outcome> {
        check_shape(resource, self.compiled(class)?)?;
        if *class == ObjectClass::GROUP {
            let name = wanted::group_name(resource)?;
            refuse_taken(host, &name)?;
            self.tool(&["groupadd"], &[&name]).await?;
            let group = self.host().await?.group_named(&name).map(Group::reference);
            return read_back(group, &name);
        }
        let wanted = Wanted::read(resource)?;
        refuse_taken(host, &wanted.name)?;
        let mut line: Vec<String> = ["--user-group", "--comment", &wanted.comment].map(str::to_owned).into();
        line.push(if self.config.create_home { "--create-home" } else { "--no-create-home" }.to_owned());
        if let Some(home) = &wanted.home {
            line.extend(["--home-dir".to_owned(), home.clone()]);
        }
        if let Some(shell) = wanted.shell.as_ref().or(self.config.shell.as_ref()) {
            line.extend(["--shell".to_owned(), shell.clone()]);
        }
        if let Some(day) = wanted.expires() {
            line.extend(["--expiredate".to_owned(), wanted::date(day)]);
        }
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        self.tool(&[&["useradd"], line.as_slice()].concat(), &[&wanted.name]).await?;
        let account = self.host().await?.account_named(&wanted.name).map(Account::reference);
        read_back(account, &wanted.name)
    }

    async fn update(
        &self,
        host: &Host,
        account: &Account,
        before: Resource,
        patch: &Patch,
    ) -> Result<Outcome> {
        let schema = self.compiled(&ObjectClass::USER)?;
        let mut after = before.clone();
        patch.apply(&mut after, schema).map_err(ConnectorError::from)?;
        check_shape(&after, schema)?;
        let (before, after) = (Wanted::read(&before)?, Wanted::read(&after)?);
        if before == after {
            return Ok(Outcome::already_so());
        }
        let mut line: Vec<String> = Vec::new();
        let mut say = |option: &str, value: String| line.extend([option.to_owned(), value]);
        if before.name != after.name {
            refuse_taken(host, &after.name)?;
            say("--login", after.name.clone());
        }
        if before.comment != after.comment {
            say("--comment", after.comment.clone());
        }
        if before.home != after.home {
            say("--home", after.home.clone().unwrap_or_default());
        }
        if before.shell != after.shell {
            say("--shell", after.shell.clone().unwrap_or_default());
        }
        if before.expires() != after.expires() {
            say("--expiredate", after.expires().map(wanted::date).unwrap_or_default());
        }
        if let Some(lock) = lock(account, after.active).filter(|_| before.active != after.active) {
            line.push(lock.to_owned());
        }
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        self.tool(&[&["usermod"], line.as_slice()].concat(), &[&account.name]).await?;
        let host = self.host().await?;
        read_back(host.accounts.get(&account.uid).map(Account::reference), &after.name)
    }

    /// Stops an account for every way in: by its date, and its password too.
    async fn set_status(&self, account: &Account, active: bool) -> Result<Outcome> {
        if account.is_active() == active {
            return Ok(Outcome::already_so());
        }
        let day = if active { String::new() } else { wanted::date(STOPPED) };
        let mut line = vec!["usermod", "--expiredate", &day];
        line.extend(lock(account, active));
        self.tool(&line, &[&account.name]).await?;
        let outcome = Outcome::done(true);
        Ok(match account.ends() {
            Some(_) => outcome.with_effect(SideEffect::ChangesAttributes {
                paths: vec![format!("{}:validUntil", crate::schema::LINUX_SCHEMA)],
            }),
            None => outcome,
        })
    }

    async fn grant(&self, host: &Host, account: &Account, entitlement: &EntitlementRef) -> Result<Outcome> {
        let group = self.grantable(host, entitlement).ok_or_else(|| {
            ConnectorError::new(ErrorKind::NotFound, Certainty::Refused).with_detail(format!(
                "no group `{}` that may be granted, neither as an id nor as a name",
                entitlement.id
            ))
        })?;
        if is_member(account, group) {
            return Ok(Outcome::already_so());
        }
        self.tool(&["usermod", "--append", "--groups", &group.name], &[&account.name]).await?;
        Ok(Outcome::done(true))
    }

    async fn revoke(&self, host: &Host, account: &Account, entitlement: &EntitlementRef) -> Result<Outcome> {
        let Some(group) = self.grantable(host, entitlement) else { return Ok(Outcome::already_gone()) };
        if account.gid == group.gid {
            return Err(ConnectorError::new(ErrorKind::Policy, Certainty::Refused)
                .with_detail(format!("`{}` is the primary group of `{}`", group.name, account.name)));
        }
        if !is_member(account, group) {
            return Ok(Outcome::already_gone());
        }
        // The whole list, for tools that cannot take away one: every group that the account stays in.
        let stays = host
            .groups
            .values()
            .filter(|other| other.gid != group.gid && other.members.contains(&account.name));
        let stays: Vec<_> = stays.map(|group| group.name.as_str()).collect();
        self.tool(&["usermod", "--groups", &stays.join(",")], &[&account.name]).await?;
        Ok(Outcome::done(true))
    }

    fn grantable<'a>(&self, host: &'a Host, entitlement: &EntitlementRef) -> Option<&'a Group> {
        let all = host.grantable(&self.config);
        let by = |same: &dyn Fn(&Group) -> bool| all.iter().copied().find(|group| same(group));
        let found = by(&|group| group.gid.to_string() == entitlement.id)
            .or_else(|| by(&|group| group.name == entitlement.id));
        found.filter(|_| entitlement.kind == "group")
    }

    async fn write_group(&self, host: &Host, group: &Group, operation: &Operation) -> Result<Outcome> {
        match operation {
            Operation::Update { patch, .. } => {
                let (mut after, schema) = (group.object().resource, self.compiled(&ObjectClass::GROUP)?);
                patch.apply(&mut after, schema).map_err(ConnectorError::from)?;
                check_shape(&after, schema)?;
                let name = wanted::group_name(&after)?;
                if name == group.name {
                    return Ok(Outcome::already_so());
                }
                refuse_taken(host, &name)?;
                self.tool(&["groupmod", "--new-name", &name], &[&group.name]).await?;
                read_back(self.host().await?.groups.get(&group.gid).map(Group::reference), &name)
            }
            Operation::Delete { mode: DeleteMode::Permanent, .. } => {
                self.tool(&["groupdel"], &[&group.name]).await?;
                Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
            }
            other => Err(ConnectorError::unsupported(other.class(), other.kind())),
        }
    }

    async fn set_password(
        &self,
        ctx: &Context,
        account: &Account,
        credential: &CredentialSource,
    ) -> Result<Outcome> {
        let wrong =
            |kind, detail: &str| ConnectorError::new(kind, Certainty::NotAttempted).with_detail(detail);
        let CredentialSource::Reference(name) = credential else {
            return Err(wrong(ErrorKind::Unsupported, "a host makes no passwords; give a reference to one"));
        };
        let secrets = ctx.secrets().ok_or_else(|| {
            wrong(ErrorKind::Config, "the operation names a secret, but the context has no secret store")
        })?;
        let secret = secrets.read(name).await?;
        if secret.expose().is_empty() || secret.expose().contains(['\n', '\0']) {
            return Err(
                wrong(ErrorKind::InvalidInput, "expected a password of one line").with_attribute("password")
            );
        }
        let mut command = Command::new(["chpasswd"]);
        command.input = Some(Secret::new(format!("{}:{}\n", account.name, secret.expose())));
        self.finish("chpasswd", &command).await?;
        // A stopped account gets its password for the day when it works again.
        if !account.is_active() {
            self.tool(&["usermod", "--lock"], &[&account.name]).await?;
        }
        Ok(Outcome::done(true))
    }
}

/// Locks or unlocks a password, where there is one.
fn lock(account: &Account, active: bool) -> Option<&'static str> {
    match (active, account.password.strip_prefix('!')) {
        (false, None) => Some("--lock"),
        (true, Some(hash)) if !hash.is_empty() && !hash.starts_with(['!', '*']) => Some("--unlock"),
        _ => None,
    }
}

fn refuse_taken(host: &Host, name: &str) -> Result<()> {
    let taken = |by: tenure_connector::ObjectRef| {
        Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
            .with_detail(format!("the name `{name}` is taken by `{by}`"))
            .with_conflicting(by))
    };
    match (host.account_named(name), host.group_named(name)) {
        (Some(account), _) => taken(account.reference()),
        (None, Some(group)) => taken(group.reference()),
        (None, None) => Ok(()),
    }
}

fn read_back(found: Option<tenure_connector::ObjectRef>, name: &str) -> Result<Outcome> {
    let found = found.ok_or_else(|| {
        ConnectorError::new(ErrorKind::Protocol, Certainty::Unknown)
            .with_detail(format!("`{name}` cannot be read back from the host's files"))
    })?;
    Ok(Outcome::done(true).with_object(found))
}
