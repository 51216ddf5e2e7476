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
        rendered(&text),
        "error: a `csv` target needs `path`\n   ╭▸ tenure.toml:10:8\n   │\n10 │ kind = \"csv\"\n   ╰╴       ━━━━━\n\
         error: `url` is no setting of a `csv` target\n   ╭▸ tenure.toml:11:1\n   │\n11 │ url = \"x\"\n   │ ━━━\n   │\n   \
         ╰ help: expected one of: path, format\n\
         error: `smtp` is no kind of target\n   ╭▸ tenure.toml:14:8\n   │\n14 │ kind = \"smtp\"\n   │        ━━━━━━\n   │\n   \
         ╰ help: expected one of: csv, directory, manual, scim"
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
    let Target::Zendesk { config, email, token } = &config.targets["desk"] else { panic!("another kind") };
    assert_eq!((config.seat.owned, email.as_deref()), (Some(20), Some("admin@a.example")));
    assert_eq!(*token, TokenFrom::Env("DESK_TOKEN".to_owned()));
    let without = section.replace("token_env = \"DESK_TOKEN\"\n", "");
    assert!(rendered(&format!("{GOOD}{without}")).contains("needs `token_env`"));
}
