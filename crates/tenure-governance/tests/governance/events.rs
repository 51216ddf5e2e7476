//! Events: the audit trail for others, sent in order, at least once, by whoever embeds the crate.

use std::sync::Mutex;

use crate::common::{House, ask, at, key};
use chrono::TimeDelta;
use tenure_governance::{Event, Sender, WebhookSpec};

#[derive(Default)]
struct Post {
    down: Mutex<bool>,
    seen: Mutex<Vec<(String, u64, String)>>,
}

#[async_trait::async_trait]
impl Sender for Post {
    async fn send(&self, webhook: &WebhookSpec, events: &[Event]) -> Result<(), String> {
        if webhook.id.as_str() == "chat" && *self.down.lock().unwrap() {
            return Err("503".to_owned());
        }
        let seen = events.iter().map(|event| (webhook.id.to_string(), event.sequence, event.kind.clone()));
        self.seen.lock().unwrap().extend(seen);
        Ok(())
    }
}

#[tokio::test]
async fn events_are_sent_in_order_at_least_once_and_one_that_fails_holds_up_no_other() {
    let mut house = House::new();
    house.rules.push_str(
        "source: https://example.com/tenure\nwebhooks:\n  - { id: chat, url: 'https://example.com/chat', types: [request.] }\n  - { id: all, url: 'https://example.com/all' }\n",
    );
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    governance.submit(&ask("w2", "w2", key("desk/role:reader")), now).await.unwrap();
    let post = Post::default();
    *post.down.lock().unwrap() = true;
    let first = governance.deliver(&post, now).await.unwrap();
    let of = |name: &str, found: &[(tenure_policy::RuleId, tenure_governance::Delivery)]| {
        found.iter().find(|(id, _)| id.as_str() == name).unwrap().1.clone()
    };
    assert_eq!((of("chat", &first).failures, of("chat", &first).error.as_str()), (1, "503"));
    let head = house.company.store.audit_head().await.unwrap().seq;
    assert_eq!((of("all", &first).after, of("all", &first).failures), (head, 0));
    *post.down.lock().unwrap() = false;
    governance.deliver(&post, now + TimeDelta::seconds(30)).await.unwrap();
    let to_chat = |post: &Post| -> Vec<String> {
        let seen = post.seen.lock().unwrap();
        seen.iter().filter(|(to, ..)| to == "chat").map(|(.., kind)| kind.clone()).collect()
    };
    assert!(to_chat(&post).is_empty(), "it waits a minute");
    governance.deliver(&post, now + TimeDelta::minutes(1)).await.unwrap();
    let wanted = ["tenure.request.submit", "tenure.request.approve", "tenure.request.grant"];
    assert_eq!(to_chat(&post), wanted);
    house.governance().deliver(&post, now + TimeDelta::minutes(2)).await.unwrap();
    assert_eq!(to_chat(&post), wanted, "nothing twice");
    let seen = post.seen.lock().unwrap();
    let all: Vec<u64> =
        seen.iter().filter(|(to, ..)| to == "all").map(|(_, sequence, _)| *sequence).collect();
    assert_eq!(all, (1..=head).collect::<Vec<_>>(), "everything, without gaps");
}

#[tokio::test]
async fn an_event_is_a_line_of_json_in_the_shape_of_cloudevents() {
    let mut house = House::new();
    house.rules.push_str("source: https://example.com/tenure\n");
    house.run(at("2026-03-02")).await;
    let events = house.governance().events(0, 10).await.unwrap();
    let line = serde_json::to_string(&events[0]).unwrap();
    assert!(!line.contains('\n'));
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&read["specversion"], &read["source"]),
        (&"1.0".into(), &"https://example.com/tenure".into())
    );
    let id = read["id"].as_str().unwrap();
    assert!(id.len() == 64 && read["type"].as_str().unwrap().starts_with("tenure."), "{line}");
    assert!(read["time"].as_str().unwrap().ends_with('Z'), "{line}");
}

#[tokio::test]
async fn an_event_is_found_again_by_its_id() {
    let house = House::new();
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let events = governance.events(0, 1_000).await.unwrap();
    for event in [&events[0], &events[events.len() - 1]] {
        assert_eq!(governance.position_of(&event.id).await.unwrap(), Some(event.sequence));
    }
    assert_eq!(governance.position_of("no such event").await.unwrap(), None);
}
