//! The audit trail: what it holds, what it leaves out, and what it tells others.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::common::{Company, at, id};
use serde_json::Value;
use tenure_engine::{ApplyOptions, Engine, EngineError, EventExport, PlanOptions};
use tenure_policy::{EntitlementKey, Grant, GrantSource};
use tenure_scim::event;
use tenure_store::{AuditDraft, Batch, SqliteStore, Store, Write};

async fn run(engine: &Engine, now: &str) {
    let now = at(now);
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    assert!(engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap().is_success());
}

/// A joiner, a mover and a leaver, recorded without names.
async fn recorded() -> (Company, Engine) {
    let mut company = Company::new();
    let redacting = |company: &Company| {
        company
            .builder(Arc::clone(&company.store))
            .target(crate::common::target("desk"), Arc::new(company.desk.clone()))
            .redact(["displayName", "userName", "name"])
            .build()
            .unwrap()
    };
    run(&redacting(&company), "2026-03-02").await;
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    company.worker("w2").given_name = "Annika".to_owned();
    company.worker("w3").end_date = Some("2026-03-02".parse().unwrap());
    let engine = redacting(&company);
    run(&engine, "2026-03-03").await;
    (company, engine)
}

async fn export(engine: &Engine) -> Vec<Value> {
    let mut out = Vec::new();
    engine.audit().export(&mut out).await.unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn configured_personal_data_is_left_out_and_the_rest_is_there() {
    let (_, engine) = recorded().await;
    let records = export(&engine).await;
    let text = records.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    for name in ["Anna", "Annika", "Berg", "anna.berg", "Lind", "mara.lind"] {
        assert!(!text.contains(name), "`{name}` is in the trail");
    }
    assert!(text.contains("(left out)"));
    let update = records.iter().find(|record| record["action"] == "update").unwrap();
    assert_eq!(update["before"]["title"], "Agent");
    assert!(update["after"].to_string().contains("Seller"));
    assert_eq!(update["before"]["displayName"], "(left out)", "that it changed is recorded");
    engine.audit().verify(None).await.unwrap();
}

#[tokio::test]
async fn each_record_says_who_what_when_and_why() {
    let (_, engine) = recorded().await;
    let records = export(&engine).await;
    let granted: Vec<_> = records.iter().filter(|record| record["action"] == "grant").collect();
    assert!(!granted.is_empty());
    for record in granted {
        assert_eq!(record["actor"], "tester");
        assert_eq!(record["outcome"], "done");
        assert!(record["why"]["reasons"][0].as_str().unwrap().starts_with("rule "), "{record}");
        assert_eq!(record["why"]["policy"], engine.policy(at("2026-03-02")).unwrap().version().to_string());
        assert_eq!(record["why"]["facts"].as_str().unwrap().len(), 64);
        assert!(record["why"]["plan"].as_str().is_some() && record["why"]["step"].as_str().is_some());
        assert!(
            (record["after"]["entitlement"]["id"].is_string()
                || record["after"]["licence"]["id"].is_string()),
            "{record}"
        );
        assert!(record["at"].is_string() && record["object"].is_string() && record["identity"].is_string());
    }
    let revoked = records.iter().find(|record| record["action"] == "revoke").unwrap();
    assert!(revoked["before"].as_array().is_some_and(|origins| !origins.is_empty()), "{revoked}");
    let created = records.iter().find(|record| record["action"] == "create").unwrap();
    assert!(created["object"].is_string(), "the id that the target gave: {created}");
}

#[tokio::test]
async fn trail_is_told_to_others_as_security_event_tokens() {
    let (company, engine) = recorded().await;
    let plain = EventExport::new("https://tenure.example.com/", at("2026-03-04"))
        .audience("https://siem.example.com");
    let mut out = Vec::new();
    let count = engine.audit().export_events(&mut out, &plain).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    let tokens: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tokens.len(), count);
    let uris: BTreeSet<&str> = tokens
        .iter()
        .flat_map(|token| token["events"].as_object().unwrap().keys())
        .map(String::as_str)
        .collect();
    for uri in [event::CREATE_NOTICE, event::PATCH_NOTICE, event::DEACTIVATE] {
        assert!(uris.contains(uri), "{uri} is not in {uris:?}");
    }
    let ids: BTreeSet<&str> = tokens.iter().map(|token| token["jti"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), tokens.len(), "each has an id of its own");
    let bo = company.account("w3").unwrap().id().unwrap().to_owned();
    let off = tokens.iter().find(|token| {
        token["events"].get(event::DEACTIVATE).is_some() && token["iss"] == "https://tenure.example.com/desk"
    });
    let off = off.unwrap();
    assert_eq!(off["sub_id"]["uri"], format!("/Users/{bo}"));
    assert_eq!(off["aud"], serde_json::json!(["https://siem.example.com"]));
    assert!(off["txn"].is_string() && off.get("sub").is_none());
    assert!(!text.contains("Annika"), "values are not told");
    for token in &tokens {
        let parsed: event::EventToken = serde_json::from_value(token.clone()).unwrap();
        assert_eq!(serde_json::to_value(&parsed).unwrap(), *token);
    }
}

#[tokio::test]
async fn tokens_are_signed_by_the_hook_and_a_failing_one_stops_the_export() {
    let (_, engine) = recorded().await;
    let signed = EventExport::new("https://t", at("2026-03-04"))
        .signed_by(|claims| Ok(format!("signed.{}", claims["jti"].as_str().unwrap())));
    let mut out = Vec::new();
    let count = engine.audit().export_events(&mut out, &signed).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("signed.")).count(), count);
    let broken = EventExport::new("https://t", at("2026-03-04")).signed_by(|_| Err("no key".to_owned()));
    let failed = engine.audit().export_events(&mut Vec::new(), &broken).await;
    assert!(
        matches!(failed, Err(EngineError::Refused { ref detail }) if detail.contains("no key")),
        "{failed:?}"
    );
}

#[tokio::test]
async fn who_approved_an_exception_is_in_the_trail() {
    let company = Company::new();
    company.settle(at("2026-03-02")).await;
    let engine = company.engine();
    let key: EntitlementKey = "desk/role:reader".parse().unwrap();
    let grant = Grant::new("g-1".parse().unwrap(), id("w2"), key, GrantSource::Exception)
        .until(at("2026-03-20"))
        .approved("mara", "stands in");
    engine.grant(grant, "mara", at("2026-03-03")).await.unwrap();
    let records = export(&engine).await;
    let record = records.iter().find(|record| record["action"] == "grant.record").unwrap();
    assert_eq!(
        (record["actor"].as_str(), record["why"]["reason"].as_str()),
        (Some("mara"), Some("stands in"))
    );
}

#[tokio::test]
async fn a_long_chain_in_the_store_is_verified_record_by_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenure.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).unwrap());
    let company = Company::new();
    let engine = company.engine_with(Arc::new(company.desk.clone()), Arc::clone(&store));
    let draft = |number: usize| AuditDraft {
        at: at("2026-03-02"),
        actor: "tester".into(),
        action: "create".into(),
        target: Some("desk".into()),
        identity: None,
        object: Some(number.to_string()),
        why: Value::Null,
        before: Value::Null,
        after: Value::Null,
        outcome: "done".into(),
    };
    let writes = (0..2_500).map(|number| Write::Audit(draft(number))).collect();
    store.commit(Batch { conditions: Vec::new(), writes }).await.unwrap();
    let head = engine.audit().head().await.unwrap();
    assert_eq!(engine.audit().verify(Some(&head)).await.unwrap().records, 2_500);

    let db = rusqlite::Connection::open(&path).unwrap();
    let tamper = async |change: &str| {
        db.execute_batch("CREATE TEMP TABLE kept AS SELECT * FROM audit").unwrap();
        db.execute_batch(change).unwrap();
        let found = engine.audit().verify(Some(&head)).await.unwrap_err();
        db.execute_batch("DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept").unwrap();
        assert!(matches!(found, EngineError::Corrupt { .. }), "{found:?}");
        found.to_string()
    };
    let edited = tamper("UPDATE audit SET doc = replace(doc, 'tester', 'nobody') WHERE seq = 1700").await;
    assert!(edited.contains("record 1700 was edited"), "{edited}");
    let removed = tamper("DELETE FROM audit WHERE seq = 1000").await;
    assert!(removed.contains("expected record 1000, found record 1001"), "{removed}");
    let cut = tamper("DELETE FROM audit WHERE seq > 2400").await;
    assert!(cut.contains("expected a trail of 2500 records, found 2400"), "{cut}");
}
