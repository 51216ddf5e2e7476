//! A joiner and a leaver in the tables of an application, the roles of a database server, a directory and a Linux host, by the
//! command alone. What needs a server runs where its variable names one, and fails under `TENURE_REQUIRE_SERVERS`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;
use support::tenure;
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{Connector, ConnectorExt as _, Context, ListQuery, ObjectClass};
use tenure_connector_postgres::{PostgresConfig, PostgresConnector};
use tenure_connector_sql::SqlConnector;
use tenure_scim::{Resource, ValueRef, uri};

const PEOPLE: [(&str, &str); 3] = [("Anna", "Keller"), ("Ben", "Okoro"), ("Cleo", "Maas")];

fn workers(gone: Option<&str>) -> String {
    let mut text =
        "workerId,engagementId,engagementType,givenName,familyName,startDate,endDate,primary\n".to_owned();
    for (n, (given, family)) in PEOPLE.into_iter().enumerate() {
        let end = if gone == Some(given) { "2026-02-27" } else { "" };
        text.push_str(&format!("W{n},E{n},Employee,{given},{family},2024-01-01,{end},true\n"));
    }
    text
}

/// Everybody has an account with a user name that begins as its tests do, and is in the group.
fn policy(prefix: &str, group: &str, attributes: &str) -> String {
    format!(
        r#"version: 1
lifecycle: {{ zone: Europe/Berlin, precedence: [Employee] }}
roles:
  employee: {{ entitlements: ["system/{group}"] }}
rules:
  - {{ id: employees, when: 'userType eq "Employee"', roles: [employee] }}
targets:
  system:
    mode: managed
    match: [ {{ id: by-name, account: displayName, identity: displayName, confidence: 1.0 }} ]
    username: {{ from: [ {{ join: [ {{ value: "{prefix}" }}, {{ slug: name.givenName }} ], with: "" }} ], unique: true, never_reuse: true }}
    attributes:
      - {{ id: display-name, to: displayName, from: displayName }}
{attributes}
    credential: {{ login: sso }}
    leaver: [disable, remove_entitlements]
    guard: {{ disable: {{ max: 3 }} }}
"#
    )
}

fn project(folder: &Path, section: &str, policy: &str) {
    let text = format!(
        "policy = \"policy.yaml\"\nstore = \"tenure.db\"\n\n[sources.hr]\nkind = \"csv\"\nworkers = \"workers.csv\"\n\n\
         [targets.system]\n{section}\n"
    );
    for (name, text) in
        [("tenure.toml", text.as_str()), ("policy.yaml", policy), ("workers.csv", &workers(None))]
    {
        fs::write(folder.join(name), text).unwrap();
    }
}

/// Which accounts of these tests are active, and who is in a group.
async fn shown(connector: &dyn Connector, prefix: &str, group: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let ctx = Context::new("look");
    let users = connector.list_all(&ctx, ListQuery::new(ObjectClass::USER), 100_000).await.unwrap().items;
    let own = |name: Option<&str>| name.and_then(|name| name.strip_prefix(prefix)).map(str::to_owned);
    let active =
        users.iter().filter(|user| user.resource.attr("active").and_then(ValueRef::as_bool) != Some(false));
    let active = active.filter_map(|user| own(user.resource.text("userName"))).collect();
    let groups = connector.list_all(&ctx, ListQuery::new(ObjectClass::GROUP), 100_000).await.unwrap().items;
    let group = groups.iter().find(|one| one.resource.text("displayName") == Some(group)).unwrap();
    let grants = connector.list_all(&ctx, ListQuery::new(ObjectClass::GRANT), 100_000).await.unwrap().items;
    let grants = grants.iter().map(|grant| GrantRecord::try_from(&grant.resource).unwrap());
    let held = grants.filter(|grant| grant.entitlement.id == group.object.id);
    let holders = held.filter_map(|grant| {
        let user = users.iter().find(|user| user.object.id == grant.principal)?;
        own(user.resource.text("userName"))
    });
    (active, holders.collect())
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

/// Everybody comes, nothing is left to do, one leaves.
fn job(folder: &Path, connector: &dyn Connector, prefix: &str, group: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let look = || runtime.block_on(shown(connector, prefix, group));
    let checked = tenure(folder, &["check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    assert!(checked.stdout.contains("target   system: reached"), "{}", checked.stdout);
    let applied = tenure(folder, &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(look(), (names(&["anna", "ben", "cleo"]), names(&["anna", "ben", "cleo"])));
    let plan = tenure(folder, &["plan", "--exit-code"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    fs::write(folder.join("workers.csv"), workers(Some("Ben"))).unwrap();
    let left = tenure(folder, &["apply", "--yes"]);
    assert_eq!(left.code, 0, "{}{}", left.stdout, left.stderr);
    assert_eq!(look(), (names(&["anna", "cleo"]), names(&["anna", "cleo"])));
}

async fn make_group(connector: &impl Connector, name: &str) {
    let group = Resource::new(uri::GROUP).with("displayName", name).unwrap();
    connector.create(&Context::new("group"), "group", ObjectClass::GROUP, group).await.unwrap();
}

fn server(variable: &str) -> Option<String> {
    let found = std::env::var(variable).ok();
    assert!(
        found.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected a server in {variable}, found none"
    );
    if found.is_none() {
        eprintln!("not tried: {variable} is not set");
    }
    found
}

#[test]
fn people_have_rows_in_the_tables_of_an_application() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch(
            "CREATE TABLE account (id INTEGER PRIMARY KEY, login TEXT UNIQUE, label TEXT, state TEXT);
             CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
             CREATE TABLE member (account INTEGER, team INTEGER, PRIMARY KEY (account, team));
             INSERT INTO team (name) VALUES ('Staff');",
        )
        .unwrap();
    let section = r#"kind = "sql"
database = "sqlite"
path = "app.db"
users = { table = "account", key = { column = "id", made_by = "database" }, columns = { userName = "login", displayName = "label" }, status = { column = "state", active = "on", disabled = "off" } }
groups = { table = "team", key = { column = "id", made_by = "database" }, columns = { displayName = "name" } }
memberships = { table = "member", user = "account", group = "team" }
"#;
    project(folder.path(), section, &policy("", "group:Staff", ""));
    let layout = json!({
        "database": { "sqlite": file },
        "users": {
            "table": "account", "key": { "column": "id", "made_by": "database" },
            "columns": { "userName": "login", "displayName": "label" },
            "status": { "column": "state", "active": "on", "disabled": "off" },
        },
        "groups": {
            "table": "team", "key": { "column": "id", "made_by": "database" }, "columns": { "displayName": "name" },
        },
        "memberships": { "table": "member", "user": "account", "group": "team" },
    });
    let tables = SqlConnector::new(serde_json::from_value(layout).unwrap()).unwrap();
    job(folder.path(), &tables, "", "Staff");
}

#[test]
fn people_have_roles_of_a_postgres_server() {
    let Some(text) = server("TENURE_POSTGRES") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (prefix, group) = (format!("cli{}-", std::process::id()), format!("cli{}_staff", std::process::id()));
    let roles = PostgresConnector::new(PostgresConfig::new(&text)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(make_group(&roles, &group));
    let section = format!("kind = \"postgres\"\nconnection = \"{text}\"");
    project(folder.path(), &section, &policy(&prefix, &format!("role:{group}"), ""));
    job(folder.path(), &roles, &prefix, &group);
}

#[cfg(feature = "ldap")]
#[test]
fn people_have_entries_in_a_directory() {
    use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};

    let Some(url) = server("TENURE_LDAPS") else { return };
    let (plain, authority) =
        (std::env::var("TENURE_LDAP").unwrap(), std::env::var("TENURE_LDAP_CA").unwrap());
    let root = format!("ou=cli{},dc=full,dc=example", std::process::id());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let unit = || std::collections::HashSet::from(["organizationalUnit".to_owned()]);
    runtime.block_on(async {
        let (connection, mut admin) = ldap3::LdapConnAsync::new(&plain).await.unwrap();
        tokio::spawn(async move { drop(connection.drive().await) });
        admin.simple_bind("cn=admin,dc=full,dc=example", "Admin-Secret-1").await.unwrap().success().unwrap();
        for dn in [root.clone(), format!("ou=People,{root}"), format!("ou=Groups,{root}")] {
            admin.add(&dn, vec![("objectClass".to_owned(), unit())]).await.unwrap().success().unwrap();
        }
    });
    let (bind, password) = ("cn=tenure,ou=Tools,dc=full,dc=example", "Tenure-Secret-1");
    let mut config = LdapConfig::new(url.parse().unwrap(), Flavour::OpenLdap, format!("ou=People,{root}"))
        .with_groups(format!("ou=Groups,{root}"))
        .with_bind(bind, password);
    config.tls.ca_file = Some(authority.clone().into());
    let directory = LdapConnector::new(config).unwrap();
    runtime.block_on(make_group(&directory, "Staff"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("password"), password).unwrap();
    let section = format!(
        "kind = \"ldap\"\nurl = \"{url}\"\nflavour = \"open_ldap\"\nbind_dn = \"{bind}\"\npassword_file = \"password\"\n\
         ca_file = \"{authority}\"\npeople = {{ base = \"ou=People,{root}\" }}\ngroups = {{ base = \"ou=Groups,{root}\" }}"
    );
    let attributes = "      - { id: given-name, to: name.givenName, from: name.givenName }\n      \
                      - { id: family-name, to: name.familyName, from: name.familyName }";
    project(folder.path(), &section, &policy("", "group:Staff", attributes));
    job(folder.path(), &directory, "", "Staff");
}

#[cfg(feature = "linux")]
#[test]
fn people_have_accounts_of_a_linux_host() {
    use std::os::unix::fs::MetadataExt as _;
    use tenure_connector_linux::{LinuxConfig, LinuxConnector};

    let root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let tools = ["/usr/sbin/useradd", "/sbin/useradd"].iter().any(|tool| fs::exists(tool).unwrap_or(false));
    assert!(
        root && tools || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected root and shadow-utils"
    );
    if !(root && tools) {
        eprintln!("not tried: it needs root and shadow-utils");
        return;
    }
    let (folder, image) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in ["etc", "home", "var/spool/mail"] {
        fs::create_dir_all(image.path().join(folder)).unwrap();
    }
    for (file, text) in [
        ("passwd", "root:x:0:0:root:/root:/bin/bash\n"),
        ("shadow", "root:*:19000:0:99999:7:::\n"),
        ("group", "root:x:0:\nstaff:x:1500:\n"),
        ("gshadow", "root:*::\nstaff:*::\n"),
        ("login.defs", "UID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\nUSERGROUPS_ENAB yes\n"),
    ] {
        fs::write(image.path().join("etc").join(file), text).unwrap();
    }
    let place = image.path().to_str().unwrap().to_owned();
    let section = format!("kind = \"linux\"\nhost = \"image\"\nroot = \"{place}\"");
    project(folder.path(), &section, &policy("", "group:staff", ""));
    let host = LinuxConnector::new(LinuxConfig { root: Some(place), ..LinuxConfig::new("image") }).unwrap();
    job(folder.path(), &host, "", "staff");
}
