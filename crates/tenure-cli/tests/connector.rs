//! `tenure connector test` against a folder of files and against a service provider over a real socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use support::{Ended, tenure};
use tenure_connector::{ConnectorExt, Context, ListQuery, Object, ObjectClass};
use tenure_scim::{Resource, SchemaRegistry, uri};
use tenure_scim_server::Server;
use tenure_store::directory::DirectoryConnector;

const TOKEN: &str = "token-of-the-test";
/// The token that the command takes for wrong.
const WRONG: &str = "a-token-that-no-system-gave";

fn project(folder: &Path, targets: &str) {
    let text = format!("policy = \"policy.yaml\"\nstore = \"tenure.db\"\n\n{targets}");
    fs::write(folder.join("tenure.toml"), text).unwrap();
}

/// A service provider that takes these tokens, on a thread of its own, over a directory with one account.
fn provider(tokens: &'static [&'static str]) -> (String, Arc<DirectoryConnector>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clock = || Arc::new(|| DateTime::UNIX_EPOCH);
            let directory = DirectoryConnector::builder(SchemaRegistry::builtin(), clock());
            let directory = Arc::new(directory.in_memory().unwrap());
            let keeper = Resource::new(uri::USER).with("userName", "keeper").unwrap();
            directory.create(&Context::new("seed"), "seed", ObjectClass::USER, keeper).await.unwrap();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
            let builder = Server::builder(directory.clone(), SchemaRegistry::builtin(), clock());
            let builder = builder.base_url(url.as_str());
            let builder = tokens.iter().fold(builder, |builder, token| builder.token(token, "test"));
            let server = builder.build().unwrap();
            sender.send((url, directory)).unwrap();
            axum::serve(listener, server.router()).await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

fn scim_project(folder: &Path, url: &str, token: &str) {
    fs::write(folder.join("token"), token).unwrap();
    project(folder, &format!("[targets.desk]\nkind = \"scim\"\nurl = \"{url}\"\ntoken_file = \"token\"\n"));
}

fn objects(directory: &DirectoryConnector, class: ObjectClass) -> Vec<Object> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ctx = Context::new("after");
    runtime.block_on(directory.list_all(&ctx, ListQuery::new(class), 1_000)).unwrap().items
}

/// How many lines begin with each verdict.
fn verdicts(ended: &Ended) -> (usize, usize, usize) {
    let count = |word: &str| ended.stdout.lines().filter(|line| line.starts_with(word)).count();
    (count("  passed  "), count("  skipped "), count("  failed  "))
}

#[test]
fn a_folder_of_files_passes_and_is_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "[targets.erp]\nkind = \"csv\"\npath = \"erp\"\n");
    let ended = tenure(folder.path(), &["connector", "test", "--prefix", "trial-1"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    let (passed, skipped, failed) = verdicts(&ended);
    assert_eq!((passed + skipped, failed), (tenure_testkit::conformance::trials().len(), 0));
    assert!(passed > 30, "{}", ended.stdout);
    assert!(ended.stdout.starts_with("erp in the sandbox `trial-1`\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("  skipped sessions_end_once: sessions cannot be revoked\n"));
    let last = format!(
        "erp: {passed} passed, {skipped} skipped, 0 failed\neverything that the suite made there is gone\n"
    );
    assert!(ended.stdout.ends_with(&last), "{}", ended.stdout);
    for file in ["accounts.csv", "groups.csv"] {
        let text = fs::read_to_string(folder.path().join("erp").join(file)).unwrap();
        assert_eq!(text.lines().count(), 1, "{file}: {text}");
    }
}

#[test]
fn a_service_provider_passes_and_keeps_only_what_was_there() {
    let (url, directory) = provider(&[TOKEN]);
    let folder = tempfile::tempdir().unwrap();
    scim_project(folder.path(), &url, TOKEN);
    let before = objects(&directory, ObjectClass::USER);
    let config = folder.path().join("tenure.toml");
    let arguments = ["connector", "test", config.to_str().unwrap(), "--target", "desk"];
    let ended = tenure(Path::new("."), &arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    let (passed, skipped, failed) = verdicts(&ended);
    assert_eq!((passed + skipped, failed), (tenure_testkit::conformance::trials().len(), 0));
    assert!(ended.stdout.contains("  passed  wrong_credentials_are_refused\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("  passed  create_round_trip\n"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(TOKEN), "{}", ended.stdout);
    assert_eq!(objects(&directory, ObjectClass::USER), before);
    assert_eq!(objects(&directory, ObjectClass::GROUP), []);
}

#[test]
fn a_broken_rule_is_told_and_fails_the_command() {
    let (url, directory) = provider(&[TOKEN, WRONG]);
    let folder = tempfile::tempdir().unwrap();
    scim_project(folder.path(), &url, TOKEN);
    let ended = tenure(folder.path(), &["connector", "test"]);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let told = "  failed  wrong_credentials_are_refused: check with wrong credentials: expected the error `not authenticated`";
    assert!(ended.stdout.lines().any(|line| line.starts_with(told)), "{}", ended.stdout);
    assert_eq!(verdicts(&ended).2, 1, "{}", ended.stdout);
    assert_eq!(objects(&directory, ObjectClass::USER).len(), 1);
}

#[test]
fn nothing_is_tried_where_the_prefix_is_taken_or_the_target_cannot_be_reached() {
    let (url, directory) = provider(&[TOKEN]);
    let folder = tempfile::tempdir().unwrap();
    scim_project(folder.path(), &url, TOKEN);
    let before = objects(&directory, ObjectClass::USER);
    let taken = tenure(folder.path(), &["connector", "test", "--prefix", "keep"]);
    assert_eq!((taken.code, verdicts(&taken)), (1, (0, 0, 0)), "{}", taken.stdout);
    assert!(taken.stderr.contains("expected nothing that begins with `keep`"), "{}", taken.stderr);
    scim_project(folder.path(), &url, "another token");
    let refused = tenure(folder.path(), &["connector", "test"]);
    assert_eq!((refused.code, verdicts(&refused)), (1, (0, 0, 0)), "{}", refused.stdout);
    assert_eq!(objects(&directory, ObjectClass::USER), before);
}

#[test]
fn check_asks_the_targets_unless_it_is_told_not_to() {
    let (url, _) = provider(&[TOKEN]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.yaml"), "version: 1\ntargets:\n  desk: { mode: observe }\n")
        .unwrap();
    scim_project(folder.path(), &url, TOKEN);
    let reached = tenure(folder.path(), &["check"]);
    assert_eq!(reached.code, 0, "{}{}", reached.stdout, reached.stderr);
    assert!(reached.stdout.contains("target   desk: reached"), "{}", reached.stdout);
    scim_project(folder.path(), &url, "another token");
    let refused = tenure(folder.path(), &["check"]);
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(refused.stdout.contains("✗ target   desk: "), "{}", refused.stdout);
    let offline = tenure(folder.path(), &["check", "--offline"]);
    assert_eq!(offline.code, 0, "{}", offline.stdout);
    assert!(!offline.stdout.contains("target   desk"), "{}", offline.stdout);
    assert!(!folder.path().join("tenure.db").exists());
}

#[test]
fn check_names_a_target_that_the_policy_does_not() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.yaml"), "version: 1\ntargets: {}\n").unwrap();
    project(folder.path(), "[targets.erp]\nkind = \"csv\"\npath = \"erp\"\n");
    let ended = tenure(folder.path(), &["check"]);
    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
    let told = "the project file has `[targets.erp]`, but the policy does not name the target `erp`";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

#[test]
fn a_wrong_name_and_an_empty_prefix_are_told() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "[targets.erp]\nkind = \"csv\"\npath = \"erp\"\n");
    let ended = tenure(folder.path(), &["connector", "test", "--target", "crm"]);
    let expected = "error: `crm` is no target of the project\nhelp: expected one of: erp\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (2, expected));
    assert_eq!(tenure(folder.path(), &["connector", "test", "--prefix", ""]).code, 2);
    assert!(!folder.path().join("erp").exists());
}
