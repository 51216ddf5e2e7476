//! The files in which a host keeps its accounts.

use std::collections::BTreeMap;

use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

use crate::LinuxConfig;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) comment: String,
    pub(crate) home: String,
    pub(crate) shell: String,
    /// The hash of the password, with what locks it before it.
    pub(crate) password: String,
    /// The day, counted from 1970, from which the account does not work.
    pub(crate) expires: Option<i64>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) gid: u32,
    pub(crate) members: Vec<String>,
}

/// Everything that the files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) accounts: BTreeMap<u32, Account>,
    pub(crate) groups: BTreeMap<u32, Group>,
}

impl Host {
    pub(crate) fn read(passwd: &str, shadow: &str, group: &str) -> Result<Self> {
        let mut secrets: BTreeMap<&str, (&str, Option<i64>)> = BTreeMap::new();
        for line in shadow.lines() {
            let fields: Vec<_> = line.split(':').collect();
            if let [name, password, _, _, _, _, _, expires, ..] = fields.as_slice() {
                secrets.insert(name, (password, expires.parse().ok()));
            }
        }
        let mut host = Self::default();
        for line in lines(passwd) {
            let fields: Vec<_> = line.split(':').collect();
            let [name, _, uid, gid, comment, home, shell] = fields.as_slice() else {
                return Err(unfit("passwd", line));
            };
            let (uid, gid) = uid.parse().ok().zip(gid.parse().ok()).ok_or_else(|| unfit("passwd", line))?;
            let (password, expires) = secrets.get(name).copied().unwrap_or_default();
            let [name, comment, home, shell, password] =
                [*name, *comment, *home, *shell, password].map(str::to_owned);
            // A second name of an id is the same account.
            host.accounts.entry(uid).or_insert(Account {
                name,
                uid,
                gid,
                comment,
                home,
                shell,
                password,
                expires,
            });
        }
        for line in lines(group) {
            let fields: Vec<_> = line.split(':').collect();
            let [name, _, gid, members] = fields.as_slice() else { return Err(unfit("group", line)) };
            let gid = gid.parse().map_err(|_| unfit("group", line))?;
            let members = members.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            host.groups.entry(gid).or_insert(Group { name: (*name).to_owned(), gid, members });
        }
        Ok(host)
    }

    pub(crate) fn account_named(&self, name: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.name == name)
    }

    pub(crate) fn group_named(&self, name: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.name == name)
    }

    /// The accounts that are ours, in the order of their ids.
    pub(crate) fn ours<'a>(&'a self, config: &LinuxConfig) -> impl Iterator<Item = &'a Account> + use<'a> {
        self.accounts.range(config.ids.0..=config.ids.1).map(|(_, account)| account)
    }

    /// The groups that are ours: not those that every account has for itself.
    pub(crate) fn our_groups<'a>(
        &'a self,
        config: &LinuxConfig,
    ) -> impl Iterator<Item = &'a Group> + use<'a> {
        let private =
            |group: &Group| self.account_named(&group.name).is_some_and(|owner| owner.gid == group.gid);
        self.groups
            .range(config.ids.0..=config.ids.1)
            .map(|(_, group)| group)
            .filter(move |group| !private(group))
    }

    /// The groups that may be granted, in the order of their ids.
    pub(crate) fn grantable(&self, config: &LinuxConfig) -> Vec<&Group> {
        let named = self.groups.values().filter(|group| config.grantable.contains(&group.name));
        let mut all: BTreeMap<u32, &Group> = named.map(|group| (group.gid, group)).collect();
        all.extend(self.our_groups(config).map(|group| (group.gid, group)));
        all.into_values().collect()
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    // `+` and `-` include other sources.
    text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(['#', '+', '-']))
}

fn unfit(file: &str, line: &str) -> ConnectorError {
    let name = line.split(':').next().unwrap_or_default();
    ConnectorError::new(ErrorKind::Protocol, Certainty::Refused)
        .with_detail(format!("expected the fields of `{file}` in the line of `{name}`, found others"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_they_are() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000:Anna, Room 1:/srv/anna:/bin/sh\n+nis::::::\n";
        let shadow = "root:*:1:0:99999:7:::\nanna:!$6$x:1:0:99999:7::1:\n";
        let group = "root:x:0:\nsudo:x:27:anna,ben\nanna:x:1000:\nstaff:x:1001:\n";
        let host = Host::read(passwd, shadow, group).unwrap();
        let config = LinuxConfig { grantable: vec!["sudo".to_owned()], ..LinuxConfig::new("h") };
        let anna = host.ours(&config).next().unwrap();
        assert_eq!(
            (anna.comment.as_str(), anna.expires, anna.password.as_str()),
            ("Anna, Room 1", Some(1), "!$6$x")
        );
        assert_eq!(host.ours(&config).count(), 1);
        let names = |groups: Vec<&Group>| groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(host.our_groups(&config).collect()), ["staff"], "a group of one's own is none");
        assert_eq!(names(host.grantable(&config)), ["sudo", "staff"]);
        let error = Host::read("anna:secret\n", "", "").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
