//! The first days of a marketing manager and of a developer: HR file, policy document, engine, connectors, and the
//! stateful fakes of the vendors. Mailchimp and Semrush have no API for users: people work there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tenure_connector::{Connector, Secret};
use tenure_connector_csv::{CsvSource, CsvSourceConfig};
use tenure_connector_github::{GithubConfig, GithubConnector};
use tenure_connector_google_workspace::{GoogleConfig, GoogleConnector, Sku};
use tenure_connector_mailchimp::{MailchimpConfig, MailchimpConnector};
use tenure_connector_manual::{ManualConnector, TaskStatus};
use tenure_connector_okta::{OktaConfig, OktaConnector};
use tenure_connector_rest::{Auth, HttpOptions, http_client};
use tenure_connector_semrush::{SemrushConfig, semrush};
use tenure_connector_slack::{SlackConfig, SlackConnector};
use tenure_connector_trello::{TrelloConfig, TrelloConnector};
use tenure_connector_zendesk::{ZendeskConfig, ZendeskConnector};
use tenure_engine::{ApplyOptions, Engine, SourceOptions};
use tenure_examples::Export;
use tenure_policy::{Grant, GrantId, GrantSource, IdentityId, Policy, PolicyDocument, RequestId, RoleId};
use tenure_store::MemoryStore;
use tenure_testkit::vendor::github::Github;
use tenure_testkit::vendor::google::Google;
use tenure_testkit::vendor::mailchimp::Mailchimp;
use tenure_testkit::vendor::okta::Okta;
use tenure_testkit::vendor::slack::Slack;
use tenure_testkit::vendor::trello::Trello;
use tenure_testkit::vendor::zendesk::Zendesk;
use tenure_testkit::vendor::{Fake, Vendor};

const HR: &str = "\
workerId,engagementId,engagementType,givenName,familyName,email,department,title,startDate,endDate,managerId,githubLogin
W1,E1,Employee,Mara,Lind,mara@example.com,Marketing,Head,2025-01-01,,,
W2,E2,Employee,Anna,Berg,anna@example.com,Marketing,Marketing Manager,2026-03-02,,W1,
W3,E3,Employee,Bo,Ek,bo@example.com,Engineering,Developer,2026-03-02,,W1,bo-ek
";
const TOKEN: &str = "planted-token";
const KEY: &str = "planted4711-us21";
const BY_HAND: [&str; 2] = ["Mailchimp", "Semrush"];

struct Company {
    okta: Fake<Okta>,
    slack: Fake<Slack>,
    google: Fake<Google>,
    zendesk: Fake<Zendesk>,
    github: Fake<Github>,
    trello: Fake<Trello>,
    // It answers as long as it is kept.
    _mailchimp: Fake<Mailchimp>,
    people: Vec<ManualConnector>,
    engine: Engine,
    hr: Export,
    folder: tempfile::TempDir,
}

fn start<V: Vendor>(vendor: V, documents: &[&str]) -> Fake<V> {
    Fake::start(vendor).unwrap().checked(documents).unwrap()
}

impl Company {
    fn new() -> Self {
        let okta = start(Okta::new(TOKEN), &["okta/okta-management-users-2026.06.3.json"]);
        okta.with(|okta| {
            okta.seed_group("Everybody", "OKTA_GROUP");
            okta.seed_group("Engineering", "OKTA_GROUP");
            // Somebody always has to hold what is privileged.
            let production = okta.seed_app("Production console");
            okta.seed_assignment(&production, "00u1");
        });
        let slack = start(Slack::new(TOKEN), &["slack/slack-web-api-users-swagger2.json"]);
        slack.with(|slack| {
            slack.seed_usergroup("Marketing");
            slack.seed_channel("launch");
        });
        let google = start(Google::new(TOKEN), &["google/admin-directory-v1.openapi.json"]);
        google.with(|google| {
            google.seed_group("marketing@example.com", "Marketing");
            google.buy("1010020025", 5);
        });
        let zendesk = start(Zendesk::new("olga@example.com", TOKEN), &["zendesk/zendesk-support-users.json"]);
        zendesk.with(|zendesk| zendesk.seed_organization("Meridian"));
        let github = start(Github::new(TOKEN), &["github/github-org-members-v23.json"]);
        github.with(|github| github.seed_team("Engineering"));
        let trello = start(Trello::new("0a1b", TOKEN), &["trello/trello-members.doc-derived.json"]);
        trello.with(|trello| {
            let olga = trello.id_of("olga@example.com").unwrap();
            trello.seed_board("Campaigns", &olga);
        });
        let mailchimp = Fake::start(Mailchimp::new(KEY)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let workers = folder.path().join("workers.csv");
        let hr = Export::parse(HR).unwrap();
        hr.write(&workers).unwrap();
        let letters = letters(&mailchimp, folder.path());
        let search = semrush(SemrushConfig::new(folder.path().join("semrush.csv")));
        let people = vec![letters.people().clone(), search.clone()];
        let text = include_str!("../../data/playbooks.yaml");
        let policy = Policy::compile(PolicyDocument::from_yaml("playbooks.yaml", text).unwrap()).unwrap();
        let source = CsvSource::new(CsvSourceConfig {
            keep: ["githubLogin".to_owned()].into(),
            ..CsvSourceConfig::workers(workers)
        })
        .unwrap();
        let mut engine = Engine::builder(policy, Arc::new(MemoryStore::new()))
            .source("hr", SourceOptions::default(), Arc::new(source))
            .worker("test");
        let mut targets: Vec<(&str, Arc<dyn Connector>)> =
            connect(&okta, &slack, &google, &zendesk).into_iter().collect();
        targets.extend(connect_others(&github, &trello));
        targets.extend([
            ("mailchimp", Arc::new(letters) as Arc<dyn Connector>),
            ("semrush", Arc::new(search) as Arc<dyn Connector>),
        ]);
        for (name, connector) in targets {
            engine = engine.target(name.parse().unwrap(), connector);
        }
        let engine = engine.build().unwrap();
        Self {
            okta,
            slack,
            google,
            zendesk,
            github,
            trello,
            _mailchimp: mailchimp,
            people,
            engine,
            hr,
            folder,
        }
    }

    /// One round; what it did, in words.
    async fn round(&self, now: &str) -> Vec<String> {
        self.zendesk.advance(Duration::from_secs(120));
        let round = self.engine.cycle(&ApplyOptions::new(at(now))).await.unwrap();
        let report = round.report.as_ref().expect("no guard trips");
        report.steps.iter().map(|step| format!("{}: {}", step.title, step.outcome)).collect()
    }

    /// People do every task that waits for them; how many there were.
    fn work(&self) -> Vec<String> {
        let mut titles = Vec::new();
        for system in &self.people {
            for task in system.tasks().unwrap().into_iter().filter(|task| task.status == TaskStatus::Open) {
                system
                    .close(&task.id, TaskStatus::Done, Some(&format!("account-{}", task.id)), None)
                    .unwrap();
                titles.push(task.title);
            }
        }
        titles
    }

    /// Rounds and tasks until nothing is left to do.
    async fn settle(&self, now: &str) -> Vec<String> {
        let mut tasks = Vec::new();
        for _ in 0..6 {
            let steps = self.round(now).await;
            let worked = self.work();
            if steps.is_empty() && worked.is_empty() {
                return tasks;
            }
            tasks.extend(worked);
        }
        panic!("it does not settle: {:#?}", self.round(now).await);
    }

    fn edit(&mut self, worker: &str, column: &str, value: &str) {
        self.hr.set(worker, column, value).unwrap();
        self.hr.write(&self.folder.path().join("workers.csv")).unwrap();
    }
}

fn connect(
    okta: &Fake<Okta>,
    slack: &Fake<Slack>,
    google: &Fake<Google>,
    zendesk: &Fake<Zendesk>,
) -> [(&'static str, Arc<dyn Connector>); 4] {
    let http = || http_client(&HttpOptions::default()).unwrap();
    let token = Secret::new(TOKEN);
    let config = OktaConfig::new(okta.address().parse().unwrap());
    let okta = OktaConnector::new(config, tenure_connector_okta::api_token(&token), http()).unwrap();
    let mut config = SlackConfig::workspace("T001");
    config.scim_url = format!("{}/scim/v2", slack.address()).parse().unwrap();
    config.api_url = format!("{}/api", slack.address()).parse().unwrap();
    config.channels = true;
    let slack = SlackConnector::new(config, Auth::bearer(&token), http()).unwrap();
    let plus = Sku {
        product: "Google-Apps".to_owned(),
        sku: "1010020025".to_owned(),
        name: Some("Business Plus".to_owned()),
        owned: Some(5),
    };
    let config = GoogleConfig {
        base_url: google.address().parse().unwrap(),
        licensing_url: google.address().parse().unwrap(),
        licences: vec![plus],
        ..GoogleConfig::default()
    };
    let google = GoogleConnector::new(config, Auth::bearer(&token), http()).unwrap();
    let config = ZendeskConfig::new(zendesk.address().parse().unwrap());
    let auth = tenure_connector_zendesk::api_token("olga@example.com", &token);
    let zendesk = ZendeskConnector::new(config, auth, http()).unwrap();
    [
        ("okta", Arc::new(okta)),
        ("slack", Arc::new(slack)),
        ("google", Arc::new(google)),
        ("zendesk", Arc::new(zendesk)),
    ]
}

fn connect_others(github: &Fake<Github>, trello: &Fake<Trello>) -> [(&'static str, Arc<dyn Connector>); 2] {
    let http = || http_client(&HttpOptions::default()).unwrap();
    let token = Secret::new(TOKEN);
    let mut config = GithubConfig::organization("meridian");
    config.base_url = github.address().parse().unwrap();
    let github = GithubConnector::new(config, Auth::bearer(&token), http()).unwrap();
    let mut config = TrelloConfig::workspace("meridian", "0a1b");
    config.base_url = format!("{}/1", trello.address()).parse().unwrap();
    let auth = tenure_connector_trello::token("0a1b", &token);
    let trello = TrelloConnector::new(config, auth, http()).unwrap();
    [("github", Arc::new(github)), ("trello", Arc::new(trello))]
}

fn letters(mailchimp: &Fake<Mailchimp>, folder: &Path) -> MailchimpConnector {
    let mut config = MailchimpConfig::new(folder.join("mailchimp.csv"));
    config.base_url = Some(format!("{}/3.0", mailchimp.address()).parse().unwrap());
    let http = http_client(&HttpOptions::default()).unwrap();
    MailchimpConnector::new(config, Some(&Secret::new(KEY)), http).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}T09:00:00Z").parse().unwrap()
}

#[tokio::test]
async fn a_marketing_manager_has_the_five_systems_of_the_playbook_and_loses_them_all() {
    let mut company = Company::new();
    let tasks = company.settle("2026-03-02").await;
    let slack = company.slack.with(|slack| {
        let anna = slack.id_of("anna.berg").unwrap();
        (slack.members_of("S001") == [anna.clone()], slack.members_of("C001") == [anna])
    });
    assert_eq!(slack, (true, true), "in the user group and in the channel");
    let google = company.google.with(|google| {
        let anna = google.id_of("anna@example.com").unwrap();
        (google.groups_of(&anna), google.sku_of("Google-Apps", "anna@example.com").map(str::to_owned))
    });
    assert_eq!(google, (vec!["Marketing".to_owned()], Some("1010020025".to_owned())));
    let trello = company.trello.with(|trello| {
        let (anna, board) = (trello.id_of("anna@example.com").unwrap(), trello.board("Campaigns").unwrap());
        trello.on_board(&board, &anna).map(str::to_owned)
    });
    assert_eq!(trello.as_deref(), Some("normal"));
    for (system, access) in [("Mailchimp", "role Author"), ("Semrush", "role User")] {
        assert!(tasks.contains(&format!("Create an account for anna@example.com in {system}")), "{tasks:#?}");
        assert!(tasks.iter().any(|title| title.contains(access) && title.ends_with(system)), "{tasks:#?}");
    }
    let nobody_else = company.slack.with(|slack| slack.id_of("bo.ek"));
    assert_eq!(nobody_else, None, "the developer has no marketing systems");

    company.edit("W2", "endDate", "2026-04-14");
    let tasks = company.settle("2026-04-15").await;
    let slack = company.slack.with(|slack| {
        let anna = slack.id_of("anna.berg").unwrap();
        (slack.user(&anna).unwrap()["active"].clone(), slack.members_of("S001"), slack.seats_billed())
    });
    assert_eq!(slack, (false.into(), Vec::new(), 1), "deactivated, out of the user group, the seat free");
    let google = company.google.with(|google| {
        let anna = google.id_of("anna@example.com").unwrap();
        (google.groups_of(&anna), google.sku_of("Google-Apps", "anna@example.com").map(str::to_owned))
    });
    assert_eq!(google, (Vec::new(), None), "suspended, out of the groups, the seat free");
    let trello = company.trello.with(|trello| {
        let (anna, board) = (trello.id_of("anna@example.com").unwrap(), trello.board("Campaigns").unwrap());
        (trello.membership(&anna).unwrap()["deactivated"].clone(), trello.on_board(&board, &anna).is_some())
    });
    assert_eq!(trello, (true.into(), false), "deactivated, and off the board");
    for system in BY_HAND {
        assert!(
            tasks.iter().any(|title| title.starts_with("Delete") && title.ends_with(system)),
            "{tasks:#?}"
        );
    }
}

#[tokio::test]
async fn a_developer_starts_without_production_until_somebody_approves() {
    let mut company = Company::new();
    company.settle("2026-03-02").await;
    let held = |company: &Company| {
        company.okta.with(|okta| {
            let bo = okta.id_of("bo@example.com").unwrap();
            (okta.groups_of(&bo), okta.apps_of(&bo))
        })
    };
    let both = vec!["Everybody".to_owned(), "Engineering".to_owned()];
    assert_eq!(held(&company), (both.clone(), Vec::new()), "the workforce account");
    let invited = company
        .github
        .with(|github| (github.member("bo-ek"), github.team_role("engineering", "bo-ek").map(str::to_owned)));
    let expected = (Some(("member".to_owned(), "pending")), Some("member".to_owned()));
    assert_eq!(invited, expected, "source control, with an invitation that waits");
    assert!(company.zendesk.with(|zendesk| zendesk.id_of("bo@example.com")).is_some(), "and ticketing");

    let grant = Grant::new(
        GrantId::parse("bo-production").unwrap(),
        IdentityId::parse("W3").unwrap(),
        RoleId::parse("production-admin").unwrap(),
        GrantSource::Request(RequestId::parse("REQ-7").unwrap()),
    );
    let grant = grant.approved("Mara Lind", "is on call this month");
    company.engine.grant(grant, "Mara Lind", at("2026-03-10")).await.unwrap();
    company.settle("2026-03-10").await;
    assert_eq!(held(&company).1, ["Production console"]);
    company.settle("2026-04-20").await;
    assert_eq!(held(&company), (both, Vec::new()), "thirty days are over");

    company.edit("W3", "endDate", "2026-04-21");
    company.settle("2026-04-22").await;
    assert_eq!(
        company.github.with(|github| github.member("bo-ek")),
        None,
        "and nothing is left in source control"
    );
}
