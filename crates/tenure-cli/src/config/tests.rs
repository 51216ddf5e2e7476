use tenure_connector_csv::CsvTargetConfig;

use super::*;
use crate::present::Paint;

const GOOD: &str = r#"
policy = "policy.yaml"
store = "state/tenure.db"

[sources.hr]
kind = "csv"
workers = "workers.csv"

[targets.erp]
kind = "csv"
path = "erp"

[targets.zendesk]
kind = "scim"
url = "http://127.0.0.1:8080/scim/v2"
token_env = "ZENDESK_TOKEN"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, "tenure.toml", PathBuf::from("project"))
}

fn rendered(text: &str) -> String {
    let problems = parse(text).unwrap_err();
    problems.problems().iter().map(|p| p.render(Paint::plain())).collect::<Vec<_>>().join("\n")
}

#[test]
fn paths_are_joined_with_the_folder_of_the_file() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.store, Path::new("project/state/tenure.db"));
    assert_eq!(config.targets["erp"], Target::Csv(CsvTargetConfig::new("project/erp")));
    let token = Some(TokenFrom::Env("ZENDESK_TOKEN".into()));
    let url = "http://127.0.0.1:8080/scim/v2".to_owned();
    assert_eq!(config.targets["zendesk"], Target::Scim { url, token, dialect: None, create_groups: false });
}

#[test]
fn a_misspelt_key_is_shown_with_what_was_expected() {
    let text = GOOD.replace("token_env", "tokenenv");
    assert_eq!(
        rendered(&text),
        "error: `tokenenv` is no setting of a `scim` target\n   ╭▸ tenure.toml:16:1\n   │\n16 │ tokenenv = \"ZENDESK_TOKEN\"\n   \
         │ ━━━━━━━━\n   │\n   ╰ help: did you mean `token_env`?"
    );
}

#[test]
fn all_settings_that_do_not_fit_are_shown_at_once() {
    let text = GOOD.replace("path = \"erp\"", "url = \"x\"").replace("\"scim\"", "\"smtp\"");
    assert_eq!(
        rendered(&text).replace(&kinds::kinds().join(", "), "KINDS"),
        "error: a `csv` target needs `path`\n   ╭▸ tenure.toml:10:8\n   │\n10 │ kind = \"csv\"\n   ╰╴       ━━━━━\n\
         error: `url` is no setting of a `csv` target\n   ╭▸ tenure.toml:11:1\n   │\n11 │ url = \"x\"\n   │ ━━━\n   │\n   \
         ╰ help: expected one of: path, format\n\
         error: `smtp` is no kind of target\n   ╭▸ tenure.toml:14:8\n   │\n14 │ kind = \"smtp\"\n   │        ━━━━━━\n   │\n   \
         ╰ help: expected one of: KINDS"
    );
}

#[cfg(feature = "zendesk")]
#[test]
fn a_zendesk_target_names_its_token_and_never_holds_it() {
    let section = r#"
[targets.desk]
kind = "zendesk"
url = "https://a.zendesk.com"
email = "admin@a.example"
token_env = "DESK_TOKEN"
seat = { tier = "professional", owned = 20 }
open_tickets = "refuse"
"#;
    let config = parse(&format!("{GOOD}{section}")).unwrap();
    let Target::Zendesk { config, email, access } = &config.targets["desk"] else { panic!("another kind") };
    assert_eq!((config.seat.owned, email.as_deref()), (Some(20), Some("admin@a.example")));
    assert_eq!(*access, Access::Token(TokenFrom::Env("DESK_TOKEN".to_owned())));
    let without = section.replace("token_env = \"DESK_TOKEN\"\n", "");
    assert!(rendered(&format!("{GOOD}{without}")).contains("needs `token_env`"));
}

#[cfg(feature = "zendesk")]
#[test]
fn a_zendesk_target_is_also_reached_with_tokens_that_are_renewed() {
    use tenure_connector_rest::{Credentials, SecretSource};

    let section = r#"
[targets.desk]
kind = "zendesk"
url = "https://a.zendesk.com"

[targets.desk.credentials.oauth]
token_url = "https://a.zendesk.com/oauth/tokens"
client_id = "tenure"
client_secret = { env = "DESK_SECRET" }
refresh_token = { file = "desk.refresh" }
"#;
    let config = parse(&format!("{GOOD}{section}")).unwrap();
    let Target::Zendesk { access, .. } = &config.targets["desk"] else { panic!("another kind") };
    let Access::Credentials(found) = access else { panic!("another way") };
    let Credentials::Oauth(settings) = &**found else { panic!("another kind of credentials") };
    // The file lies below the folder of the project.
    let Some(SecretSource::File(path)) = &settings.refresh_token else { panic!("no refresh token") };
    assert!(path.ends_with("desk.refresh") && path.components().count() > 1, "{}", path.display());
    let both = section.replacen("url =", "email = \"admin@a.example\"\nurl =", 1);
    assert!(rendered(&format!("{GOOD}{both}")).contains("`email` belongs to an API token"));
}

fn with(section: &str) -> String {
    format!("{GOOD}\n[targets.desk]\n{section}")
}

const WIKI: &str = r#"
kind = "sql"
database = "sqlite"
path = "wiki.db"
users = { table = "t", key = { column = "id", made_by = "database" }, columns = { userName = "login" } }
"#;

#[test]
fn a_sql_target_has_the_connectors_own_settings() {
    let config = parse(&with(WIKI)).unwrap();
    let Target::Sql(settings) = &config.targets["desk"] else { panic!("another kind") };
    let read: tenure_connector_sql::SqlConfig = settings.read(None).unwrap();
    let tenure_connector_sql::Database::Sqlite(path) = &read.database else { panic!("another database") };
    assert_eq!((path.as_path(), read.users.table.as_str()), (Path::new("project/wiki.db"), "t"));
    let wrong = rendered(&with(&WIKI.replace("made_by", "made")));
    assert!(wrong.contains("the settings do not fit: unknown field `made`"), "{wrong}");
    assert!(rendered(&with(&WIKI.replace("\"sqlite\"", "\"oracle\""))).contains("`oracle` is no database"));
    assert!(rendered(&with(&WIKI.replace("path = \"wiki.db\"", ""))).contains("needs `path`"));
}

#[test]
fn a_password_never_stands_in_the_project_file() {
    let hidden = with("kind = \"postgres\"\nconnection_env = \"DB\"\nallow_plain = true\n");
    let config = parse(&hidden).unwrap();
    let Target::Postgres(settings) = &config.targets["desk"] else { panic!("another kind") };
    assert_eq!(settings.secret, Some(TokenFrom::Env("DB".to_owned())));
    let read: tenure_connector_postgres::PostgresConfig =
        settings.read(Some("host=db password=x".to_owned())).unwrap();
    assert_eq!(read.connection.expose(), "host=db password=x");
    for open in ["host=db password=x", "postgres://a:x@db/b"] {
        let text = rendered(&with(&format!("kind = \"postgres\"\nconnection = \"{open}\"\n")));
        assert!(text.contains("a password does not stand in the project file"), "{text}");
    }
    assert!(parse(&with("kind = \"postgres\"\nconnection = \"host=/run/postgresql user=a\"\n")).is_ok());
    assert!(rendered(&with("kind = \"postgres\"\n")).contains("needs `connection_env`"));
}

#[cfg(feature = "ldap")]
#[test]
fn an_ldap_target_names_its_password() {
    let section = r#"
kind = "ldap"
url = "ldaps://ldap.example.com"
bind_dn = "cn=tenure,dc=example"
password_env = "LDAP_PASSWORD"
ca_file = "ca.pem"
people = { base = "ou=People,dc=example" }
"#;
    let config = parse(&with(section)).unwrap();
    let Target::Ldap(settings) = &config.targets["desk"] else { panic!("another kind") };
    let read: tenure_connector_ldap::LdapConfig = settings.read(Some("hidden".to_owned())).unwrap();
    let tenure_connector_ldap::Bind::Simple { dn, password } = &read.bind else { panic!("another bind") };
    assert_eq!((dn.as_str(), password.expose()), ("cn=tenure,dc=example", "hidden"));
    assert_eq!(read.tls.ca_file.as_deref(), Some(Path::new("project/ca.pem")));
    assert!(
        rendered(&with(&section.replace("password_env = \"LDAP_PASSWORD\"\n", "")))
            .contains("needs `password_env`")
    );
}

#[test]
fn how_a_target_is_treated_does_not_depend_on_its_kind() {
    let settings = r#"path = "erp"
at_once = 2
windows = [{ days = ["Sat", "Sun"], from = "22:00:00", until = "04:00:00", zone = "Europe/Berlin" }]
urgent_any_time = true
after = ["zendesk"]
shrink_percent = 5
"#;
    let text = format!("redact = [\"emails\"]\n{}", GOOD.replace("path = \"erp\"\n", settings));
    let config = parse(&text).unwrap();
    let options = &config.options["erp"];
    assert_eq!((options.concurrency, options.shrink_percent, options.shrink_least), (Some(2), 5, 5));
    assert!(options.urgent_any_time && options.after.iter().any(|other| other.as_str() == "zendesk"));
    let night = "2026-11-22T02:30:00Z".parse().unwrap();
    assert!(options.windows[0].is_open(night), "the night of Saturday in Berlin");
    assert_eq!(config.options["zendesk"], TargetOptions::default());
    assert_eq!(config.redact, ["emails"]);
    let wrong = text.replace("at_once = 2", "at_once = \"two\"");
    assert!(rendered(&wrong).starts_with("error: `at_once` does not fit: "), "{}", rendered(&wrong));
}

#[cfg(feature = "vendors")]
#[test]
fn vendors_take_the_settings_that_their_connectors_know() {
    use super::{Access, Vendor};

    let section = r#"
[sources.directory]
kind = "okta"
base_url = "https://a.okta.com"
token_env = "OKTA_TOKEN"
workers = { worker_id = "employeeNumber" }

[targets.chat]
kind = "slack"
team = "T0123"
channels = true
token_env = "SLACK_TOKEN"

[targets.mail]
kind = "google-workspace"
licences = [{ product = "Google-Apps", sku = "1010020027", owned = 50 }]

[targets.mail.credentials.service_account]
key = { file = "keys/google.json" }
subject = "admin@example.com"
scopes = ["https://www.googleapis.com/auth/admin.directory.user"]

[targets.search]
kind = "semrush"
ledger = "search.csv"
seats = 5
"#;
    let config = parse(&format!("{GOOD}{section}")).unwrap();
    let vendor = |name: &str| {
        let Target::Vendor(vendor) = &config.targets[name] else { panic!("another kind") };
        (**vendor).clone()
    };
    let Source::Vendor(okta) = &config.sources["directory"] else { panic!("another kind") };
    let Vendor::Okta(okta) = &**okta else { panic!("another kind") };
    assert_eq!(okta.config.base_url.as_str(), "https://a.okta.com/");
    let Vendor::Slack(slack) = vendor("chat") else { panic!("another kind") };
    let token = Access::Token(TokenFrom::Env("SLACK_TOKEN".to_owned()));
    assert_eq!((slack.config.channels, &slack.access), (true, &token));
    let Vendor::GoogleWorkspace(google) = vendor("mail") else { panic!("another kind") };
    assert_eq!(google.config.licences[0].owned, Some(50));
    let Access::Credentials(credentials) = google.access else { panic!("another way") };
    assert!(format!("{credentials:?}").contains("keys/google.json"), "{credentials:?}");
    let Vendor::Semrush(semrush) = vendor("search") else { panic!("another kind") };
    assert!(semrush.config.ledger.ends_with("search.csv") && semrush.config.ledger.components().count() > 1);
    let wrong = section.replace("channels", "channel");
    assert!(rendered(&format!("{GOOD}{wrong}")).contains("unknown field `channel`"));
    let both = section.replace(
        "token_env = \"SLACK_TOKEN\"",
        "token_env = \"A\"\ncredentials = { bearer = { env = \"B\" } }",
    );
    assert!(rendered(&format!("{GOOD}{both}")).contains("both a token and `credentials` are set"));
    let open = section.replace("token_env = \"SLACK_TOKEN\"\n", "");
    assert!(rendered(&format!("{GOOD}{open}")).contains("a `slack` target needs `token_env`"));
}
