//! What servers of a flavour have in common, and what the configuration says otherwise.

use std::collections::BTreeMap;

use crate::{Disable, Flavour, Follow, Layout, LdapConfig};

/// Everything that depends on the kind of server, decided.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    /// The attribute with the id that no rename changes.
    pub(crate) id: &'static str,
    /// Whether the id is an `objectGUID`.
    pub(crate) guid: bool,
    /// The attribute that moves with each change; none where there is only a timestamp, to the second.
    pub(crate) version: Option<&'static str>,
    /// Whether the server compares the version itself, in the same step as the write (RFC 4528).
    pub(crate) asserts: bool,
    pub(crate) created: &'static str,
    pub(crate) modified: &'static str,
    pub(crate) last_login: &'static [&'static str],
    pub(crate) member: String,
    pub(crate) placeholder: Option<String>,
    pub(crate) member_of: bool,
    pub(crate) integrity: bool,
    pub(crate) disable: Disable,
    pub(crate) follow: Follow,
    pub(crate) active_directory: bool,
    pub(crate) people: Shape,
    pub(crate) groups: Option<Shape>,
}

/// The layout of a class, decided.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) base: String,
    pub(crate) object_classes: Vec<String>,
    pub(crate) naming: String,
    /// The search filter that finds the entries of the class.
    pub(crate) filter: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) constant: BTreeMap<String, Vec<String>>,
    /// LDAP attributes that an entry must have, and the SCIM attributes that stand in, in order.
    pub(crate) fills: Vec<(&'static str, &'static [&'static str])>,
}

/// Stands in a group that has nobody, unless the configuration says otherwise.
const NOBODY: &str = "cn=nobody";

impl Dialect {
    pub(crate) fn of(config: &LdapConfig) -> Self {
        let ad = config.flavour == Flavour::ActiveDirectory;
        let open = config.flavour == Flavour::OpenLdap;
        let placeholder = match &config.placeholder {
            Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            None => (!ad).then(|| NOBODY.to_owned()),
        };
        let disable = match config.flavour {
            Flavour::OpenLdap => Disable::Ppolicy,
            Flavour::Generic => Disable::Never,
            Flavour::ActiveDirectory => Disable::UserAccountControl,
        };
        let follow = match config.flavour {
            Flavour::OpenLdap => Follow::Syncrepl,
            Flavour::Generic => Follow::Timestamp,
            Flavour::ActiveDirectory => Follow::UpdateSequence,
        };
        Self {
            id: if ad { "objectGUID" } else { "entryUUID" },
            guid: ad,
            version: match config.flavour {
                Flavour::OpenLdap => Some("entryCSN"),
                Flavour::Generic => None,
                Flavour::ActiveDirectory => Some("uSNChanged"),
            },
            asserts: open,
            created: if ad { "whenCreated" } else { "createTimestamp" },
            modified: if ad { "whenChanged" } else { "modifyTimestamp" },
            last_login: match config.flavour {
                Flavour::OpenLdap => &["pwdLastSuccess", "authTimestamp"],
                Flavour::Generic => &[],
                Flavour::ActiveDirectory => &["lastLogonTimestamp"],
            },
            member: config.member.clone().unwrap_or_else(|| "member".to_owned()),
            placeholder,
            member_of: config.member_of.unwrap_or(ad),
            integrity: config.referential_integrity.unwrap_or(ad),
            disable: config.disable.clone().unwrap_or(disable),
            follow: config.follow.unwrap_or(follow),
            active_directory: ad,
            people: Shape::new(&config.people, &if ad { ad_people() } else { people() }),
            groups: config
                .groups
                .as_ref()
                .map(|layout| Shape::new(layout, &if ad { ad_groups() } else { groups() })),
        }
    }

    /// How members are asked for: in ranges where the server has them, so that a large group and a small one go the same
    /// way.
    pub(crate) fn members_asked(&self) -> String {
        if self.active_directory { format!("{};range=0-1499", self.member) } else { self.member.clone() }
    }

    /// Where accounts may be: below their base, and where the stopped ones are moved to.
    pub(crate) fn people_bases(&self) -> Vec<String> {
        let mut bases = vec![self.people.base.clone()];
        if let Disable::MoveTo(former) = &self.disable
            && !crate::dn::is_within(former, &self.people.base)
        {
            bases.push(former.clone());
        }
        bases
    }
}

struct Usual {
    object_classes: &'static [&'static str],
    naming: &'static str,
    filter: Option<&'static str>,
    attributes: &'static [(&'static str, &'static str)],
    fills: &'static [(&'static str, &'static [&'static str])],
}

impl Shape {
    fn new(layout: &Layout, usual: &Usual) -> Self {
        let object_classes = layout
            .object_classes
            .clone()
            .unwrap_or_else(|| usual.object_classes.iter().map(|class| (*class).to_owned()).collect());
        let of_class = match (usual.filter, &layout.object_classes) {
            (Some(filter), None) => filter.to_owned(),
            _ => format!("(objectClass={})", object_classes.first().map_or("*", String::as_str)),
        };
        let filter = match &layout.filter {
            Some(further) => format!("(&{of_class}{further})"),
            None => of_class,
        };
        Self {
            base: layout.base.clone(),
            naming: layout.naming.clone().unwrap_or_else(|| usual.naming.to_owned()),
            filter,
            attributes: layout.attributes.clone().unwrap_or_else(|| {
                usual.attributes.iter().map(|(scim, ldap)| ((*scim).to_owned(), (*ldap).to_owned())).collect()
            }),
            constant: layout.constant.clone(),
            fills: usual.fills.to_vec(),
            object_classes,
        }
    }
}

fn people() -> Usual {
    Usual {
        object_classes: &["inetOrgPerson", "organizationalPerson", "person", "top"],
        naming: "uid",
        filter: None,
        attributes: &[
            ("userName", "uid"),
            ("name.givenName", "givenName"),
            ("name.familyName", "sn"),
            ("name.formatted", "cn"),
            ("displayName", "displayName"),
            ("title", "title"),
            ("preferredLanguage", "preferredLanguage"),
            ("userType", "employeeType"),
            ("emails", "mail"),
            ("phoneNumbers[type eq \"work\"].value", "telephoneNumber"),
            ("phoneNumbers[type eq \"mobile\"].value", "mobile"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "employeeNumber"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "departmentNumber"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization", "o"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "manager"),
        ],
        // SPEC: RFC 4519 sections 3.12: a person has `sn` and `cn`.
        fills: &[("sn", &["displayName", "userName"]), ("cn", &["displayName", "userName"])],
    }
}

fn groups() -> Usual {
    Usual {
        object_classes: &["groupOfNames", "top"],
        naming: "cn",
        filter: None,
        attributes: &[("displayName", "cn")],
        fills: &[],
    }
}

fn ad_people() -> Usual {
    Usual {
        object_classes: &["user", "organizationalPerson", "person", "top"],
        naming: "cn",
        // Computers are users too.
        filter: Some("(&(objectCategory=person)(objectClass=user))"),
        attributes: &[
            ("userName", "sAMAccountName"),
            ("name.givenName", "givenName"),
            ("name.familyName", "sn"),
            ("displayName", "displayName"),
            ("title", "title"),
            ("preferredLanguage", "preferredLanguage"),
            ("emails[type eq \"work\"].value", "mail"),
            ("phoneNumbers[type eq \"work\"].value", "telephoneNumber"),
            ("phoneNumbers[type eq \"mobile\"].value", "mobile"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "employeeID"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "department"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization", "company"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "manager"),
        ],
        fills: &[("cn", &["userName"])],
    }
}

fn ad_groups() -> Usual {
    Usual {
        object_classes: &["group", "top"],
        naming: "cn",
        filter: None,
        attributes: &[("displayName", "cn")],
        fills: &[("sAMAccountName", &["displayName"])],
    }
}
