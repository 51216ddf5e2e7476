//! How accounts are stopped: one strategy for each kind of server.

use ldap3::Mod;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result, Retry};

use crate::Disable;
use crate::entry::Entry;
use crate::session::{Change, unintelligible};

/// Locked until an administrator says otherwise, as ppolicy writes it.
pub(crate) const LOCKED_FOR_GOOD: &str = "000001010000Z";
/// ACCOUNTDISABLE of `userAccountControl`.
pub(crate) const DISABLED_BIT: i64 = 0x2;

/// Whether an account works; nothing when the strategy cannot say.
pub(crate) fn is_active(disable: &Disable, entry: &Entry) -> Option<bool> {
    match disable {
        // A lock with a time is a lock after wrong passwords, and goes away by itself.
        Disable::Ppolicy => Some(!entry.has("pwdAccountLockedTime", LOCKED_FOR_GOOD)),
        Disable::UserAccountControl => {
            let bits: i64 = entry.text("userAccountControl")?.parse().ok()?;
            Some(bits & DISABLED_BIT == 0)
        }
        Disable::Attribute(name) => Some(!entry.has(name, "TRUE")),
        Disable::MoveTo(former) => Some(!crate::dn::is_within(&entry.dn, former)),
        Disable::Never => None,
    }
}

/// The modification that stops an account or makes it work. None where the entry is moved instead.
pub(crate) fn changes(disable: &Disable, entry: &Entry, active: bool) -> Result<Vec<Change>> {
    let set = |name: &str, value: &str| Mod::Replace(name.into(), [value.as_bytes().to_vec()].into());
    let clear = |name: &str| Mod::Replace(name.into(), [].into());
    Ok(match (disable, active) {
        (Disable::Ppolicy, true) => vec![clear("pwdAccountLockedTime")],
        (Disable::Ppolicy, false) => vec![set("pwdAccountLockedTime", LOCKED_FOR_GOOD)],
        (Disable::Attribute(name), true) => vec![clear(name)],
        (Disable::Attribute(name), false) => vec![set(name, "TRUE")],
        (Disable::UserAccountControl, _) => {
            let before = entry.text("userAccountControl");
            let bits = before.and_then(|text| text.parse::<i64>().ok());
            let (Some(before), Some(bits)) = (before, bits) else {
                return Err(unintelligible("a `userAccountControl`"));
            };
            let after = if active { bits & !DISABLED_BIT } else { bits | DISABLED_BIT };
            // The old value is named, so that a bit that someone else changed meanwhile is not overwritten.
            let name = b"userAccountControl".to_vec();
            vec![
                Mod::Delete(name.clone(), [before.as_bytes().to_vec()].into()),
                Mod::Add(name, [after.to_string().into_bytes()].into()),
            ]
        }
        (Disable::MoveTo(_), _) => Vec::new(),
        (Disable::Never, _) => {
            let error = ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted);
            return Err(error.with_detail("the configuration names no way to stop an account (`disable`)"));
        }
    })
}

/// A value that someone else changed between reading and writing.
pub(crate) fn changed_meanwhile(error: ConnectorError) -> ConnectorError {
    match error.kind() {
        ErrorKind::Conflict => error.with_retry(Retry::Temporary),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_bit_of_user_account_control_changes() {
        for (before, active, after) in
            [("512", false, "514"), ("66050", true, "66048"), ("66048", false, "66050"), ("544", true, "544")]
        {
            let entry = Entry::made("cn=a", &[("userAccountControl", &[before])]);
            let expected = vec![
                Mod::Delete(b"userAccountControl".to_vec(), [before.as_bytes().to_vec()].into()),
                Mod::Add(b"userAccountControl".to_vec(), [after.as_bytes().to_vec()].into()),
            ];
            assert_eq!(changes(&Disable::UserAccountControl, &entry, active).unwrap(), expected);
        }
    }

    #[test]
    fn a_lock_after_wrong_passwords_is_no_stop() {
        let locked = |time| Entry::made("uid=a", &[("pwdAccountLockedTime", &[time])]);
        assert_eq!(is_active(&Disable::Ppolicy, &locked("20260131120000Z")), Some(true));
        assert_eq!(is_active(&Disable::Ppolicy, &locked(LOCKED_FOR_GOOD)), Some(false));
        assert_eq!(is_active(&Disable::Ppolicy, &Entry::made("uid=a", &[])), Some(true));
    }

    #[test]
    fn an_account_below_the_former_ones_is_stopped() {
        let former = Disable::MoveTo("ou=Former,dc=x".to_owned());
        assert_eq!(is_active(&former, &Entry::made("uid=a,ou=former, dc=x", &[])), Some(false));
        assert_eq!(is_active(&former, &Entry::made("uid=a,ou=People,dc=x", &[])), Some(true));
    }
}
