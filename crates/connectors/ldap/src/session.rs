use std::collections::HashSet;
use std::time::Duration;

use ldap3::controls::{Control, PagedResults, RawControl};
use ldap3::{Ldap, LdapError, LdapResult, Mod, ResultEntry, Scope};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

use crate::entry::Entry;
use crate::{ber, code};

/// Tells Active Directory to stay in its domain instead of referring to its other partitions.
const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";

pub(crate) type Change = Mod<Vec<u8>>;

/// One connection, for one call.
#[derive(Clone)]
pub(crate) struct Session {
    ldap: Ldap,
    limit: Duration,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: String,
    pub(crate) attributes: Vec<String>,
    /// Shows what Active Directory keeps of deleted entries.
    pub(crate) deleted: bool,
    pub(crate) active_directory: bool,
}

/// One page of a search.
pub(crate) struct Found {
    pub(crate) entries: Vec<Entry>,
    /// Where the server goes on; empty at the end.
    pub(crate) cookie: Vec<u8>,
    /// Whether the server left nothing out.
    pub(crate) complete: bool,
}

impl Session {
    pub(crate) fn new(ldap: Ldap, limit: Duration) -> Self {
        Self { ldap, limit }
    }

    pub(crate) fn handle(&self) -> Ldap {
        self.ldap.clone()
    }

    pub(crate) fn limited(&self, limit: Duration) -> Self {
        Self { ldap: self.ldap.clone(), limit }
    }

    pub(crate) fn is_closed(&mut self) -> bool {
        self.ldap.is_closed()
    }

    /// A handle for one operation: time limit and controls go with the next operation of a handle.
    fn next(&self) -> Ldap {
        let mut ldap = self.ldap.clone();
        ldap.with_timeout(self.limit);
        ldap
    }

    /// One page of a search. A base that is not there is a wrong configuration, not an absence.
    pub(crate) async fn page(&self, search: &Search, size: u32, cookie: Vec<u8>) -> Result<Found> {
        let size = i32::try_from(size).unwrap_or(i32::MAX);
        let mut controls = search.controls();
        controls.push(critical(PagedResults { size, cookie }.into()));
        let (results, answer) = self.run(search, controls).await?;
        let mut complete = true;
        match answer.rc {
            0 => {}
            code::TIME_LIMIT | code::SIZE_LIMIT | code::ADMIN_LIMIT => complete = false,
            code::NO_SUCH_OBJECT => return Err(no_base(&search.base)),
            _ => return Err(code::error("search", &answer)),
        }
        let page = answer.ctrls.iter().find(|Control(_, raw)| raw.ctype == PAGED_RESULTS);
        let cookie = match page.and_then(|Control(_, raw)| raw.val.as_deref()).map(ber::paged_cookie) {
            Some(Some(cookie)) => cookie,
            Some(None) => return Err(unintelligible("the control of a page")),
            None => Vec::new(),
        };
        // A page that was cut off is not continued: what is missing of it would never come.
        let cookie = if complete { cookie } else { Vec::new() };
        let mut entries = Vec::with_capacity(results.len());
        for result in results {
            if result.is_ref() {
                complete = false;
            } else if !result.is_intermediate() {
                entries.push(Entry::read(result).ok_or_else(|| unintelligible("an entry"))?);
            }
        }
        complete &= answer.refs.is_empty();
        Ok(Found { entries, cookie, complete })
    }

    /// The first entries of a small search; nothing when the base is not there.
    pub(crate) async fn few(&self, search: &Search) -> Result<Vec<Entry>> {
        let (results, answer) = self.run(search, search.controls()).await?;
        match answer.rc {
            0 => {}
            // SPEC: RFC 4511 section 4.1.9: a base that is not there, or is no name at all.
            code::NO_SUCH_OBJECT | 34 => return Ok(Vec::new()),
            _ => return Err(code::error("search", &answer)),
        }
        let entries = results.into_iter().filter(|result| !result.is_ref() && !result.is_intermediate());
        entries.map(|result| Entry::read(result).ok_or_else(|| unintelligible("an entry"))).collect()
    }

    async fn run(
        &self,
        search: &Search,
        controls: Vec<RawControl>,
    ) -> Result<(Vec<ResultEntry>, LdapResult)> {
        let mut ldap = self.next();
        if !controls.is_empty() {
            ldap.with_controls(controls);
        }
        let found = ldap.search(&search.base, search.scope, &search.filter, &search.attributes).await;
        let found = found.map_err(|error| failed("search", &error, Effect::None))?;
        Ok((found.0, found.1))
    }

    /// A search whose results come one by one, with the controls that they carry.
    pub(crate) async fn stream(
        &self,
        search: &Search,
        control: RawControl,
        mut each: impl FnMut(ResultEntry) -> Result<()>,
    ) -> Result<LdapResult> {
        let mut ldap = self.next();
        ldap.with_controls(vec![critical(control)]);
        let started =
            ldap.streaming_search(&search.base, search.scope, &search.filter, &search.attributes).await;
        let mut stream = started.map_err(|error| failed("search", &error, Effect::None))?;
        while let Some(result) =
            stream.next().await.map_err(|error| failed("search", &error, Effect::None))?
        {
            each(result)?;
        }
        Ok(stream.finish().await)
    }

    pub(crate) async fn add(
        &self,
        dn: &str,
        attributes: Vec<(Vec<u8>, HashSet<Vec<u8>>)>,
    ) -> Result<LdapResult> {
        let answer = self.next().add(dn, attributes).await;
        answer.map_err(|error| failed("add", &error, Effect::Write))
    }

    pub(crate) async fn modify(
        &self,
        dn: &str,
        changes: Vec<Change>,
        control: Option<RawControl>,
    ) -> Result<LdapResult> {
        let mut ldap = self.next();
        if let Some(control) = control {
            ldap.with_controls(vec![critical(control)]);
        }
        let answer = ldap.modify(dn, changes).await;
        answer.map_err(|error| failed("modify", &error, Effect::Write))
    }

    pub(crate) async fn rename(&self, dn: &str, to: &str, parent: Option<&str>) -> Result<LdapResult> {
        let answer = self.next().modifydn(dn, to, true, parent).await;
        answer.map_err(|error| failed("rename", &error, Effect::Write))
    }

    pub(crate) async fn delete(&self, dn: &str, control: Option<RawControl>) -> Result<LdapResult> {
        let mut ldap = self.next();
        if let Some(control) = control {
            ldap.with_controls(vec![critical(control)]);
        }
        ldap.delete(dn).await.map_err(|error| failed("delete", &error, Effect::Write))
    }

    /// Sets a password by the extended operation of RFC 3062.
    pub(crate) async fn set_password(&self, dn: &str, password: &str) -> Result<LdapResult> {
        let request =
            ldap3::exop::PasswordModify { user_id: Some(dn), old_pass: None, new_pass: Some(password) };
        let answer = self.next().extended(request).await;
        answer.map(|answer| answer.1).map_err(|error| failed("set the password", &error, Effect::Write))
    }
}

impl Search {
    pub(crate) fn below(base: &str, filter: String, attributes: Vec<String>) -> Self {
        Self {
            base: base.to_owned(),
            scope: Scope::Subtree,
            filter,
            attributes,
            deleted: false,
            active_directory: false,
        }
    }

    /// The entry of a name, if it satisfies a filter.
    pub(crate) fn entry(dn: &str, filter: &str, attributes: Vec<String>) -> Self {
        Self { scope: Scope::Base, ..Self::below(dn, filter.to_owned(), attributes) }
    }

    pub(crate) fn on_active_directory(mut self, yes: bool) -> Self {
        self.active_directory = yes;
        self
    }

    fn controls(&self) -> Vec<RawControl> {
        let mut controls = Vec::new();
        if self.active_directory {
            controls.push(RawControl { ctype: DOMAIN_SCOPE.to_owned(), crit: false, val: None });
        }
        if self.deleted {
            controls.push(RawControl { ctype: "1.2.840.113556.1.4.417".to_owned(), crit: true, val: None });
        }
        controls
    }
}

fn critical(control: RawControl) -> RawControl {
    RawControl { crit: true, ..control }
}

/// Whether a lost answer leaves something open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    None,
    Write,
}

fn failed(what: &str, error: &LdapError, effect: Effect) -> ConnectorError {
    let (kind, mut certainty) = match error {
        LdapError::Timeout { .. } => (ErrorKind::Timeout, Certainty::Unknown),
        // The connection was gone before the request was handed over.
        LdapError::OpSend { .. } => (ErrorKind::Unavailable, Certainty::NotAttempted),
        LdapError::Io { .. } | LdapError::ResultRecv { .. } | LdapError::EndOfStream => {
            (ErrorKind::Unavailable, Certainty::Unknown)
        }
        LdapError::FilterParsing => (ErrorKind::InvalidInput, Certainty::NotAttempted),
        LdapError::AddNoValues => (ErrorKind::InvalidInput, Certainty::NotAttempted),
        _ => (ErrorKind::Unexpected, Certainty::Unknown),
    };
    if effect == Effect::None {
        certainty = Certainty::NotAttempted;
    }
    let detail = match error {
        LdapError::Timeout { .. } => format!("{what}: no answer in time"),
        LdapError::FilterParsing => format!("{what}: the filter is not one of RFC 4515"),
        _ => format!("{what}: the connection broke"),
    };
    ConnectorError::new(kind, certainty).with_detail(detail)
}

pub(crate) fn unintelligible(what: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted)
        .with_detail(format!("the server sent {what} that cannot be read"))
}

fn no_base(base: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
        .with_detail(format!("the server has no entry `{base}`"))
        .with_help("look at `base` in the configuration, and at what the connector's account may see")
}
