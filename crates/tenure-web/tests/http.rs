//! The pages over HTTP: who is let in, what they see, what they decide, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../../tenure-governance/tests/common/mod.rs"]
mod common;
mod site;

use axum::response::{IntoResponse, Redirect, Response};
use common::{ask, at, id, key, role};
use http::StatusCode;
use http::request::Parts;
use site::{Client, Site, hidden};
use tenure_governance::RequestState;
use tenure_web::{Gate, Visitor, Web};

#[tokio::test]
async fn who_was_invited_is_let_in_once_and_for_a_while() {
    let site = Site::new().await;
    let stranger = Client::new(&site.router());
    for path in ["/access/", "/access/requests/x", "/access/reviews", "/access/findings"] {
        let there = stranger.get(path).await;
        assert_eq!(
            (there.status, there.location.as_deref()),
            (StatusCode::SEE_OTHER, Some("/access/sign-in"))
        );
    }
    assert_eq!(stranger.get("/access").await.location.as_deref(), Some("/access/"));
    let asks = stranger.get("/access/sign-in").await;
    assert!(asks.body.contains("<label for=\"invitation\">Invitation</label>"), "{}", asks.body);
    let guess = stranger.post("/access/sign-in", &[("invitation", "0123456789abcdef")]).await;
    assert_eq!(guess.status, StatusCode::FORBIDDEN);
    assert!(guess.body.contains("role=\"alert\""), "{}", guess.body);

    let invitation = site.invite("w1").await;
    let elsewhere = stranger.send_form("/access/sign-in", &[("invitation", &invitation)], "cross-site").await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN, "a form of another site does not use it up");
    let entered = stranger.post("/access/sign-in", &[("invitation", &invitation)]).await;
    assert_eq!((entered.status, entered.location.as_deref()), (StatusCode::SEE_OTHER, Some("/access/")));
    let cookie = entered.cookie.clone().unwrap();
    assert!(cookie.ends_with("; Path=/access; Max-Age=28800; HttpOnly; SameSite=Strict"), "{cookie}");
    let again = stranger.post("/access/sign-in", &[("invitation", &invitation)]).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "once");
    let kept = site.house.company.store.values("web/").await.unwrap();
    let secret = cookie.split(['=', ';']).nth(1).unwrap();
    assert!(
        kept.iter().all(|(key, value)| !format!("{key}{value}").contains(secret)),
        "only hashes are kept"
    );

    let mara = stranger.with_cookie(&cookie);
    let home = mara.get("/access/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.body.contains("<p>Mara Lind</p>") && home.body.contains("No request waits for you."));
    let forged = mara.post("/access/sign-out", &[("token", "guess")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(mara.get("/access/").await.status, StatusCode::OK);
    let left = mara.post("/access/sign-out", &[("token", &hidden(&home.body, "token"))]).await;
    assert!(left.cookie.unwrap().contains("Max-Age=0"));
    assert_eq!(mara.get("/access/").await.status, StatusCode::SEE_OTHER);

    let other = site.enter("w1").await;
    site.later(8 * 60 - 1);
    assert_eq!(other.get("/access/").await.status, StatusCode::OK);
    site.later(1);
    assert_eq!(other.get("/access/").await.status, StatusCode::SEE_OTHER, "eight hours are over");
    let late = site.invite("w1").await;
    site.later(24 * 60);
    assert_eq!(
        stranger.post("/access/sign-in", &[("invitation", &late)]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_request_is_shown_with_its_difference_and_decided_by_a_form_of_the_session() {
    let site = Site::new().await;
    let governance = site.house.governance();
    let asked = ask("w2", "w2", key("erp/permission:pay"));
    let request = governance.submit(&asked, site.now()).await.unwrap();
    let (mara, dan) = (site.enter("w1").await, site.enter("w5").await);
    let home = mara.get("/access/").await.body;
    let path = format!("/access/requests/{}", request.id);
    assert!(home.contains(&format!("<a href=\"{path}\">erp/permission:pay</a>")), "{home}");
    assert!(!dan.get("/access/").await.body.contains(&path), "the owner's turn comes later");

    let page = mara.get(&path).await.body;
    for text in [
        "<h1>erp/permission:pay for Anna Berg</h1>",
        "<dt>Because</dt><dd>the quarter&#39;s end</dd>",
        "<th scope=\"row\">erp/permission:pay</th><td>in addition</td><td>31 May 2026</td>",
        "<th scope=\"row\">manager</th><td>open; 1 to approve</td>",
        "<button name=\"decision\" value=\"approve\" class=\"approve\">Approve</button>",
    ] {
        assert!(page.contains(text), "{text}:\n{page}");
    }
    let (token, seen) = (hidden(&page, "token"), hidden(&page, "seen"));
    assert_eq!(seen, request.hash);
    let other = hidden(&dan.get("/access/").await.body, "token");
    let answer = |token: &str, decision: &str, reason: &str| {
        [("token", token), ("seen", &seen), ("decision", decision), ("reason", reason)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for (token, site) in
        [("", "same-origin"), (other.as_str(), "same-origin"), (token.as_str(), "cross-site")]
    {
        let form = answer(token, "approve", "");
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused = mara.send_form(&path, &form, site).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token:?} {site}");
    }
    let plain =
        mara.send("POST", &path, "text/plain", &format!("token={token}&decision=approve&seen={seen}")).await;
    assert_eq!(plain.status, StatusCode::FORBIDDEN.max(plain.status));
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let book = "x".repeat(20_000);
    let long = mara.post(&path, &[("token", &token), ("reason", &book)]).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    let silent =
        mara.post(&path, &[("token", &token), ("seen", &seen), ("decision", "deny"), ("reason", " ")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        silent.body.contains("role=\"alert\">expected a reason for the denial, found none"),
        "{}",
        silent.body
    );
    let stale = mara
        .post(&path, &[("token", &token), ("seen", "0123"), ("decision", "approve"), ("reason", "as shown")])
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "what was shown is not what is pending");
    assert!(stale.body.contains(">as shown</textarea>"), "what was written is not lost: {}", stale.body);
    let nothing = mara.post(&path, &[("token", &token), ("seen", &seen), ("decision", "perhaps")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let pending = governance.request(request.id.as_str()).await.unwrap();
    assert!(pending.stages.iter().all(|stage| stage.votes.is_empty()), "nothing of this decided anything");

    let done = mara
        .post(&path, &[("token", &token), ("seen", &seen), ("decision", "approve"), ("reason", "go on")])
        .await;
    assert_eq!((done.status, done.location.as_deref()), (StatusCode::SEE_OTHER, Some(path.as_str())));
    let after = mara.get(&path).await.body;
    assert!(after.contains("Mara Lind yes: go on") && !after.contains("<textarea"), "{after}");
    let again = mara.post(&path, &[("token", &token), ("seen", &seen), ("decision", "approve")]).await;
    assert!(again.status.is_client_error(), "nobody decides twice: {}", again.status);

    let page = dan.get(&path).await.body;
    let (token, seen) = (hidden(&page, "token"), hidden(&page, "seen"));
    let done = dan
        .post(
            &path,
            &[("token", &token), ("seen", &seen), ("decision", "deny"), ("reason", "not this quarter")],
        )
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let denied = governance.request(request.id.as_str()).await.unwrap();
    assert_eq!(denied.state, RequestState::Denied { by: id("w5"), reason: "not this quarter".to_owned() });
}

#[tokio::test]
async fn the_business_of_others_is_not_found() {
    let site = Site::new().await;
    let governance = site.house.governance();
    let request = governance.submit(&ask("w2", "w2", role("auditor")), site.now()).await.unwrap();
    let path = format!("/access/requests/{}", request.id);
    let item = site.item("w2").await;
    let (anna, bo) = (site.enter("w2").await, site.enter("w3").await);
    let own = anna.get(&path).await;
    assert_eq!(own.status, StatusCode::OK, "who asked sees how it stands");
    assert!(!own.body.contains("<textarea"), "and does not decide");
    assert_eq!(
        anna.get(&item).await.status,
        StatusCode::NOT_FOUND,
        "nobody sees the review of their own access"
    );
    for path in [path.as_str(), item.as_str(), "/access/requests/r-1", "/access/reviews/a/b"] {
        assert_eq!(bo.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        let token = hidden(&bo.get("/access/").await.body, "token");
        for decision in ["approve", "keep"] {
            let form = [("token", token.as_str()), ("seen", &request.hash), ("decision", decision)];
            let answer = bo.post(path, &form).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
            let wrong = decision == "keep" && path.contains("requests")
                || decision == "approve" && path.contains("reviews");
            assert!(wrong || answer.status == StatusCode::NOT_FOUND, "{path}: {}", answer.status);
        }
    }
    let token = hidden(&anna.get("/access/").await.body, "token");
    let form = [("token", token.as_str()), ("seen", &request.hash), ("decision", "approve")];
    assert_eq!(anna.post(&path, &form).await.status, StatusCode::FORBIDDEN, "not for oneself");
    let pending = governance.request(request.id.as_str()).await.unwrap();
    assert!(pending.stages.iter().all(|stage| stage.votes.is_empty()));
}

#[tokio::test]
async fn access_is_reviewed_item_by_item_with_its_evidence() {
    let site = Site::new().await;
    let first = site.item("w2").await;
    let dan = site.enter("w5").await;
    let list = dan.get("/access/reviews").await.body;
    assert!(list.contains(&format!("<a href=\"{first}\">Anna Berg</a>")), "{list}");
    let page = dan.get(&first).await.body;
    for text in [
        "<dt>Why it is held</dt><dd>",
        "<dt>Last used</dt><dd>not known</dd>",
        "<dt>Risk</dt>",
        "<dt>Department</dt>",
    ] {
        assert!(page.contains(text), "{text}:\n{page}");
    }
    let token = hidden(&page, "token");
    let silent = dan.post(&first, &[("token", &token), ("decision", "remove"), ("reason", "")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let waiting = site.house.governance().to_review(&id("w5"), site.now()).await.unwrap().len();
    assert!(waiting > 1, "{waiting}");
    let mut at = first.clone();
    for left in (0..waiting).rev() {
        let (verdict, reason) = if at == first { ("remove", "moved on") } else { ("keep", "") };
        let form = [("token", token.as_str()), ("decision", verdict), ("reason", reason)];
        let done = dan.post(&at, &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let next = done.location.unwrap();
        assert_eq!(
            next == "/access/reviews",
            left == 0,
            "it leads on to the next, and at the end to the list: {next}"
        );
        at = next;
    }
    assert!(dan.get("/access/reviews").await.body.contains("No access waits for your review."));
    assert!(dan.get(&first).await.body.contains("To be removed, by Dan Falk"));
    let again = dan.post(&first, &[("token", &token), ("decision", "keep")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "it was decided already");
}

#[tokio::test]
async fn what_people_write_cannot_become_markup_and_findings_are_their_owners() {
    let mut site = Site::new().await;
    let nasty = "<script>alert(1)</script>\" onload='x'";
    site.house.company.worker("w2").family_name = nasty.to_owned();
    site.house.run(site.now()).await;
    let governance = site.house.governance();
    let mut draft = ask("w2", "w2", role("auditor"));
    draft.reason = nasty.to_owned();
    let request = governance.submit(&draft, site.now()).await.unwrap();
    common::company::seed_user(&site.house.company.erp, nasty, None);
    site.house.run(site.now()).await;
    governance.advance_findings(site.now()).await.unwrap();
    let item = site.item("w2").await;
    let (mara, dan, bo) = (site.enter("w1").await, site.enter("w5").await, site.enter("w3").await);
    let path = format!("/access/requests/{}", request.id);
    let token = hidden(&mara.get("/access/").await.body, "token");
    let stale = mara.post(&path, &[("token", &token), ("decision", "approve"), ("reason", nasty)]).await;
    for page in [
        mara.get("/access/").await,
        mara.get(&path).await,
        stale,
        dan.get("/access/reviews").await,
        dan.get(&item).await,
        dan.get("/access/findings").await,
    ] {
        assert!(
            page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39;"),
            "{}",
            page.body
        );
        assert!(!page.body.contains("<script"), "{}", page.body);
        assert_eq!(page.headers["content-security-policy"].to_str().unwrap(), CSP);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
    }
    assert!(bo.get("/access/findings").await.body.contains("Nothing that you answer for"));
    assert_eq!(
        bo.send("POST", "/access/findings", "text/plain", "").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

const CSP: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

#[tokio::test]
async fn who_has_left_sees_nothing_whatever_session_they_have() {
    let mut site = Site::new().await;
    let mara = site.enter("w1").await;
    assert_eq!(mara.get("/access/").await.status, StatusCode::OK);
    site.house.company.worker("w1").end_date = Some("2026-03-01".parse().unwrap());
    site.house.run(site.now()).await;
    for path in ["/access/", "/access/reviews", "/access/findings", "/access/requests/x"] {
        assert_eq!(mara.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

/// A program with sessions of its own.
struct Ours;

#[async_trait::async_trait]
impl Gate for Ours {
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Response> {
        match request.headers.get("x-user").map(|value| value.to_str().unwrap().to_owned()) {
            Some(user) => Ok(Visitor::new(id(&user), &format!("session of {user}"))),
            None => Err(Redirect::to("/login").into_response()),
        }
    }
}

#[tokio::test]
async fn an_embedding_program_says_who_asks_and_has_no_sign_in_of_ours() {
    let site = Site::new().await;
    let request =
        site.house.governance().submit(&ask("w2", "w2", role("auditor")), site.now()).await.unwrap();
    let now = site.now();
    let web = Web::new(site.house.governance(), std::sync::Arc::new(Ours), std::sync::Arc::new(move || now));
    let client = Client::new(&web.router());
    assert_eq!(client.get("/").await.location.as_deref(), Some("/login"));
    assert_eq!(client.get("/sign-in").await.status, StatusCode::NOT_FOUND);
    let mara = client.with_header("x-user", "w1");
    let path = format!("/requests/{}", request.id);
    let page = mara.get(&path).await.body;
    assert!(page.contains("href=\"/style.css\"") && !page.contains("Sign out"), "{page}");
    let (token, seen) = (hidden(&page, "token"), hidden(&page, "seen"));
    let done = mara.post(&path, &[("token", &token), ("seen", &seen), ("decision", "approve")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(at("2026-03-02"), site.now());
}

#[tokio::test(start_paused = true)]
async fn who_sends_a_form_slowly_is_given_up() {
    let site = Site::new().await;
    let mut router = site.router();
    let body =
        axum::body::Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = http::Request::post("/access/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .unwrap();
    let answer = tower_service::Service::call(&mut router, request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn thousands_of_items_are_shown_a_part_at_a_time_and_found_by_what_stands_in_them() {
    let site = Site::new().await;
    site.item("w2").await;
    site.multiply("governance/item/", 1_500, |item, number| {
        item["person"] = format!("Person {number:04} & Söhne").into();
        item["identity"] = format!("w-{number}").into();
    })
    .await;
    site.requests().await;
    site.multiply("governance/request/pending/", 1_500, |request, number| {
        request["asked"]["reason"] = format!("project {number}").into();
    })
    .await;

    let dan = site.enter("w5").await;
    let all = site.house.governance().to_review(&id("w5"), site.now()).await.unwrap().len();
    let rows = |body: &str| body.matches("<th scope=\"row\">").count();
    let first = dan.get("/access/reviews").await.body;
    assert_eq!(rows(&first), 100);
    assert!(first.contains(&format!("<p>1 to 100 of {all}.</p>")), "{all}");
    assert!(first.len() < 60_000, "{} bytes", first.len());
    assert!(
        first.contains("<a rel=\"next\" href=\"/access/reviews?page=2\">") && !first.contains("rel=\"prev\"")
    );
    let mut seen = std::collections::BTreeSet::new();
    for page in 1..=all.div_ceil(100) {
        let body = dan.get(&format!("/access/reviews?page={page}")).await.body;
        for link in body.split("<a href=\"/access/reviews/").skip(1) {
            assert!(seen.insert(link.split('"').next().unwrap().to_owned()), "twice: {link}");
        }
    }
    assert_eq!(seen.len(), all, "every item is on one page");
    let beyond = dan.get("/access/reviews?page=9999").await.body;
    assert!(
        beyond.contains(&format!(" to {all} of {all}.</p>")) && !beyond.contains("rel=\"next\""),
        "the last part"
    );
    // Found by a part of a name, whatever its letters are; what is looked for stands in the field again, as text.
    let found = dan.get("/access/reviews?find=1499+%26+s%C3%B6hne").await.body;
    assert_eq!(rows(&found), 1);
    assert!(found.contains("value=\"1499 &amp; söhne\""), "{found}");
    let many = dan.get("/access/reviews?find=Person+1&page=3").await.body;
    assert!(many.contains("<p>201 to 300 of 500.</p>"), "{many}");
    assert!(many.contains("href=\"/access/reviews?find=Person+1&amp;page=4\""), "{many}");
    let none = dan.get("/access/reviews?find=%3Cscript%3E").await.body;
    assert!(none.contains("Nothing is found with “&lt;script&gt;”.") && rows(&none) == 0, "{none}");
    // One is decided about as before.
    let page = dan.get("/access/reviews/erp-2026-03-01/copy-1499").await.body;
    let form =
        [("token", hidden(&page, "token")), ("decision", "keep".to_owned()), ("reason", String::new())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let judged = dan.post("/access/reviews/erp-2026-03-01/copy-1499", &form).await;
    assert_eq!(judged.status, StatusCode::SEE_OTHER, "{}", judged.body);

    let mara = site.enter("w1").await;
    let home = mara.get("/access/?find=project+14").await.body;
    assert!(home.contains("<p>1 to 100 of 111.</p>"), "{home}");
    let home = mara.get("/access/").await.body;
    assert!(rows(&home) == 100 && home.contains("<p>1 to 100 of 150"), "{home}");
}
