//! Vendors' systems as sources and targets, over real sockets, in front of their stand-ins.
#![cfg(feature = "vendors")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::Project;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::atlassian::Atlassian;
use tenure_testkit::vendor::github::Github;
use tenure_testkit::vendor::google::Google;
use tenure_testkit::vendor::graph::Graph;
use tenure_testkit::vendor::mailchimp::Mailchimp;
use tenure_testkit::vendor::okta::Okta;
use tenure_testkit::vendor::onelogin::Onelogin;
use tenure_testkit::vendor::slack::Slack;
use tenure_testkit::vendor::trello::Trello;

const TOKEN: &str = "planted-4711";

struct Vendors {
    google: Fake<Google>,
    okta: Fake<Okta>,
    slack: Fake<Slack>,
}

impl Vendors {
    fn start() -> Self {
        let mut okta = Okta::new(TOKEN);
        okta.seed_user("anna@example.com", "Anna", "Berg");
        okta.seed_user("ben@example.com", "Ben", "Okoro");
        Self {
            google: Fake::start(Google::new(TOKEN)).unwrap(),
            okta: Fake::start(okta).unwrap(),
            slack: Fake::start(Slack::new(TOKEN)).unwrap(),
        }
    }

    /// The people of Okta, and two vendors to provision.
    fn sections(&self) -> String {
        let [google, okta, slack] = [self.google.address(), self.okta.address(), self.slack.address()];
        format!(
            r#"
[sources.people]
kind = "okta"
base_url = "{okta}"
token_file = "token"

[targets.mail]
kind = "google-workspace"
base_url = "{google}"
licensing_url = "{google}"
token_file = "token"

[targets.chat]
kind = "slack"
team = "T001"
scim_url = "{slack}/scim/v2"
api_url = "{slack}/api"
token_file = "token"
"#
        )
    }

    fn requests(&self) -> usize {
        self.google.requests().len() + self.okta.requests().len() + self.slack.requests().len()
    }
}

fn project(vendors: &Vendors, head: &str) -> Project {
    let project = Project::init();
    fs::write(project.path("tenure.toml"), format!("{head}{}", vendors.sections())).unwrap();
    fs::write(project.path("token"), format!("{TOKEN}\n")).unwrap();
    project
}

#[test]
fn check_reads_a_vendors_people_and_asks_each_vendor_unless_it_is_told_not_to() {
    let vendors = Vendors::start();
    let head = fs::read_to_string(Project::init().path("tenure.toml")).unwrap();
    let okta = vendors.okta.address();
    let directory =
        format!("\n[targets.directory]\nkind = \"okta\"\nbase_url = \"{okta}\"\ntoken_file = \"token\"\n");
    let project = project(&vendors, &format!("{head}{directory}"));
    project.edit(
        "policy.yaml",
        "\ntargets:\n",
        "\ntargets:\n  directory: { mode: observe }\n  mail: { mode: observe }\n  chat: { mode: observe }\n",
    );
    let offline = project.tenure(&["check", "--offline"]);
    assert_eq!((offline.code, vendors.requests()), (0, 0), "{}{}", offline.stdout, offline.stderr);

    let asked = project.tenure(&["check"]);
    assert_eq!(asked.code, 0, "{}{}", asked.stdout, asked.stderr);
    // Anna, Ben, and the administrator that every Okta has.
    assert!(asked.stdout.contains("people: 3 rows of class Worker"), "{}", asked.stdout);
    for target in ["directory", "mail", "chat"] {
        assert!(asked.stdout.contains(&format!("target   {target}: reached")), "{}", asked.stdout);
    }

    fs::write(project.path("token"), "another").unwrap();
    let refused = project.tenure(&["check"]);
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(refused.stderr.contains("cannot read the source `people`"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("another"), "{}", refused.stderr);
}

#[test]
fn people_of_one_vendor_get_accounts_at_two_others() {
    let vendors = Vendors::start();
    vendors.slack.with(|slack| slack.seed_group("Everybody"));
    vendors.google.with(|google| google.seed_group("everybody@example.com", "Everybody"));
    let project = project(&vendors, "policy = \"policy.yaml\"\nstore = \"tenure.db\"\n");
    fs::write(project.path("policy.yaml"), POLICY).unwrap();
    let applied = project.tenure(&["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert!(vendors.slack.with(|slack| slack.id_of("anna.berg")).is_some());
    let mail = |address: &str| vendors.google.with(|google| google.id_of(address));
    let anna = mail("anna@example.com").unwrap();
    assert_eq!(vendors.google.with(|google| google.groups_of(&anna)).len(), 1);
    let plan = project.tenure(&["plan", "--exit-code"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);

    // One of them leaves.
    let ben = vendors.okta.with(|okta| okta.id_of("ben@example.com")).unwrap();
    vendors.okta.with(|okta| okta.set(&ben, &serde_json::json!({ "status": "DEPROVISIONED" })));
    let left = project.tenure(&["apply", "--yes"]);
    assert_eq!(left.code, 0, "{}{}", left.stdout, left.stderr);
    let ben = mail("ben@example.com").unwrap();
    assert_eq!(vendors.google.with(|google| google.user(&ben).unwrap()["suspended"].clone()), true);
    let ben = vendors.slack.with(|slack| slack.id_of("ben.okoro")).unwrap();
    assert_eq!(vendors.slack.with(|slack| slack.user(&ben).unwrap()["active"].clone()), false);
}

#[test]
fn every_vendor_is_a_target_that_check_reaches() {
    let (entra, github) = (Fake::start(Graph::new(TOKEN)).unwrap(), Fake::start(Github::new(TOKEN)).unwrap());
    let mailchimp = Fake::start(Mailchimp::new("planted4711-us21")).unwrap();
    let trello = Fake::start(Trello::new("0a1b", TOKEN)).unwrap();
    let onelogin = Fake::start(Onelogin::new(TOKEN)).unwrap();
    let atlassian = Fake::start(Atlassian::new("olga@example.com", TOKEN, TOKEN)).unwrap();
    let project = Project::init();
    fs::write(project.path("token"), format!("{TOKEN}\n")).unwrap();
    fs::write(project.path("key"), "planted4711-us21\n").unwrap();
    let head = fs::read_to_string(project.path("tenure.toml")).unwrap();
    let [entra, github, trello] = [entra.address(), github.address(), trello.address()];
    let [onelogin, atlassian] = [onelogin.address(), atlassian.address()];
    let mailchimp_url = mailchimp.address();
    let sections = format!(
        r#"
[targets.directory]
kind = "entra"
base_url = "{entra}"
credentials = {{ bearer = {{ file = "token" }} }}

[targets.desk]
kind = "atlassian"
base_url = "{atlassian}"
organization = "O1"
organization_url = "{atlassian}"
organization_key_file = "token"
credentials = {{ basic = {{ user = "olga@example.com", password = {{ file = "token" }} }} }}

[targets.gate]
kind = "onelogin"
base_url = "{onelogin}"
token_file = "token"

[targets.code]
kind = "github"
organization = "meridian"
base_url = "{github}"
token_file = "token"

[targets.boards]
kind = "trello"
workspace = "meridian"
key = "0a1b"
base_url = "{trello}/1"
token_file = "token"

[targets.letters]
kind = "mailchimp"
base_url = "{mailchimp_url}/3.0"
ledger = "tasks/letters.csv"
token_file = "key"

[targets.search]
kind = "semrush"
ledger = "tasks/search.csv"
"#
    );
    fs::write(project.path("tenure.toml"), format!("{head}{sections}")).unwrap();
    let targets = ["directory", "desk", "gate", "code", "boards", "letters", "search"];
    let observed: String = targets.iter().map(|name| format!("  {name}: {{ mode: observe }}\n")).collect();
    project.edit("policy.yaml", "\ntargets:\n", &format!("\ntargets:\n{observed}"));
    let asked = project.tenure(&["check"]);
    assert_eq!(asked.code, 0, "{}{}", asked.stdout, asked.stderr);
    for target in targets {
        assert!(asked.stdout.contains(&format!("target   {target}: reached")), "{}", asked.stdout);
    }
    assert!(!format!("{}{}", asked.stdout, asked.stderr).contains("planted"));
}

const POLICY: &str = r#"version: 1
lifecycle:
  zone: Europe/Berlin
  precedence: [Employee]
  leaver: { disable: end_of_last_day, delete_after: 90d }
roles:
  employee:
    title: Every employee
    entitlements: ["chat/group:Everybody", "mail/group:Everybody"]
rules:
  # The administrator that each vendor has is nobody's business here.
  - { id: employees, when: 'userType eq "Employee" and not (name.familyName eq "Owner")', roles: [employee] }
targets:
  chat:
    title: Slack
    mode: managed
    match:
      - { id: by-worker-id, account: externalId, identity: externalId, confidence: 1.0 }
    username:
      from: [{ join: [{ slug: name.givenName }, { slug: name.familyName }], with: "." }]
      unique: true
      never_reuse: true
    attributes:
      - { id: mail, to: email, from: emails.value }
      - { id: display-name, to: displayName, from: displayName }
      - { id: external-id, to: externalId, from: externalId }
    credential: { login: sso }
    leaver: [disable]
  mail:
    title: Google Workspace
    mode: managed
    match:
      - { id: by-worker-id, account: externalId, identity: externalId, confidence: 1.0 }
    attributes:
      - { id: user-name, to: userName, from: emails.value }
      - { id: given-name, to: name.givenName, from: name.givenName }
      - { id: family-name, to: name.familyName, from: name.familyName }
      - { id: external-id, to: externalId, from: externalId }
    credential: { login: sso }
    leaver: [disable]
"#;
