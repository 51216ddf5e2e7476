//! Pages and reports in a real browser: without errors, without requests to elsewhere, with names, by keyboard alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../../tenure-governance/tests/common/mod.rs"]
mod common;
mod driver;
mod reports;
mod site;

use driver::{Browser, ENTER, TAB};
use site::Site;
use tokio::net::TcpListener;

/// What every page has to be, whoever made it.
async fn assert_sound(browser: &Browser, name: &str, origin: &str) {
    assert_eq!(browser.console().await, Vec::<String>::new(), "{name}: the console");
    let requests = browser.requests().await;
    let elsewhere: Vec<&String> = requests.iter().filter(|url| !url.starts_with(origin)).collect();
    assert!(elsewhere.is_empty(), "{name}: {elsewhere:?}");
    let named = browser.named().await;
    let nameless: Vec<&(String, String)> = named.iter().filter(|(_, name)| name.trim().is_empty()).collect();
    assert!(nameless.is_empty(), "{name}: without a name: {nameless:?}");
    assert!(named.iter().any(|(role, _)| role == "heading"), "{name}: {named:?}");
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        let contrast = browser.contrast().await;
        assert!(contrast >= 4.5, "{name}, {scheme}: a contrast of {contrast:.2}");
        browser.photograph(&format!("{name}-{scheme}")).await;
    }
    browser.size(390, 800).await;
    let wide = browser.value_of("document.documentElement.scrollWidth - window.innerWidth").await;
    assert!(wide.as_i64().unwrap() <= 0, "{name}: it is {wide} pixels wider than a telephone");
    browser.photograph(&format!("{name}-narrow")).await;
    browser.size(1280, 900).await;
}

#[tokio::test]
async fn every_report_is_sound_in_light_and_dark_on_a_telephone_and_on_paper() {
    let Some(browser) = Browser::open(true).await else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, report) in reports::all().await {
        let file = folder.path().join(format!("{name}.html"));
        std::fs::write(&file, report.to_html()).unwrap();
        let url = format!("file://{}", file.display());
        browser.go(&url).await;
        assert_sound(&browser, &format!("report-{name}"), &url).await;
        let named = browser.named().await;
        for table in &report.tables {
            assert!(
                named.contains(&("table".to_owned(), table.title.clone())),
                "{name}: {} in {named:?}",
                table.title
            );
        }
        for chart in &report.charts {
            assert!(
                named.contains(&("table".to_owned(), chart.title.clone())),
                "{name}: {} in {named:?}",
                chart.title
            );
        }
        let pages = browser.printed().await;
        assert!((1..=12).contains(&pages), "{name}: {pages} pages");
    }
    browser.quit().await;
}

/// A server of the pages on a port of its own.
async fn serve(site: &Site) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = site.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

#[tokio::test]
async fn an_approver_decides_with_the_keyboard_alone_with_and_without_scripts() {
    for scripts in [true, false] {
        let Some(browser) = Browser::open(scripts).await else { return };
        browser.go("data:text/html,<p>scripts are <script>document.write('on')</script></p>").await;
        assert_eq!(browser.text().await, if scripts { "scripts are on" } else { "scripts are" });
        drop((browser.console().await, browser.requests().await));

        let site = Site::new().await;
        let id = site.requests().await;
        let origin = serve(&site).await;
        let invitation = site.invite("w1").await;
        browser.go(&format!("{origin}/access/")).await;
        assert!(browser.url().await.ends_with("/access/sign-in"));
        assert_sound(&browser, &format!("sign-in-{scripts}"), &origin).await;
        assert_eq!(
            browser.focus().await,
            ("textbox".to_owned(), "Invitation".to_owned()),
            "one may type at once"
        );
        browser.follow(invitation.chars().chain([ENTER])).await;
        assert!(browser.text().await.contains("Requests that wait for you"), "{}", browser.text().await);
        assert_sound(&browser, &format!("home-{scripts}"), &origin).await;

        browser.tab_to("link", "erp/permission:pay").await;
        browser.follow([ENTER]).await;
        assert!(browser.url().await.ends_with(&id));
        assert_sound(&browser, &format!("request-{scripts}"), &origin).await;
        browser.tab_to("textbox", "Reason").await;
        browser.press("for the quarter's end".chars()).await;
        browser.follow([TAB, ENTER]).await;
        let text = browser.text().await;
        assert!(text.contains("Mara Lind yes: for the quarter's end"), "{text}");
        let request = site.house.governance().request(&id).await.unwrap();
        assert_eq!(request.stages[0].votes[0].reason, "for the quarter's end");
        assert_sound(&browser, &format!("decided-{scripts}"), &origin).await;

        browser.tab_to("button", "Sign out").await;
        browser.follow([ENTER]).await;
        assert!(browser.url().await.ends_with("/access/sign-in"));
        browser.go(&format!("{origin}/access/requests/{id}")).await;
        assert!(browser.url().await.ends_with("/access/sign-in"), "the session is over");
        browser.quit().await;
    }
}

#[tokio::test]
async fn a_reviewer_goes_through_the_items_with_the_keyboard_without_scripts() {
    let Some(browser) = Browser::open(false).await else { return };
    let site = Site::new().await;
    site.item("w2").await;
    let governance = site.house.governance();
    governance.advance_findings(site.now()).await.unwrap();
    let waiting = governance.to_review(&common::id("w5"), site.now()).await.unwrap().len();
    let origin = serve(&site).await;
    browser.go(&format!("{origin}/access/sign-in")).await;
    browser.focus_on("textbox", "Invitation").await;
    browser.follow(site.invite("w5").await.chars().chain([ENTER])).await;
    browser.tab_to("link", "To review").await;
    browser.follow([ENTER]).await;
    assert_sound(&browser, "reviews", &origin).await;
    browser.tab_to("link", "Anna Berg").await;
    browser.follow([ENTER]).await;
    assert_sound(&browser, "item", &origin).await;
    // To remove without a reason is refused, and told where one looks first.
    browser.tab_to("button", "Remove").await;
    browser.follow([ENTER]).await;
    let text = browser.text().await;
    assert!(text.contains("expected a reason for the removal, found none"), "{text}");
    drop(browser.console().await); // The refusal itself stands there, as the status of a page.
    for left in (0..waiting).rev() {
        browser.tab_to("textbox", "Reason").await;
        browser.press("looked at".chars()).await;
        browser.tab_to("button", "Keep").await;
        browser.follow([ENTER]).await;
        assert_eq!(browser.url().await.ends_with("/access/reviews"), left == 0, "{}", browser.url().await);
    }
    assert!(governance.to_review(&common::id("w5"), site.now()).await.unwrap().is_empty());
    browser.tab_to("link", "Findings").await;
    browser.follow([ENTER]).await;
    assert_sound(&browser, "findings", &origin).await;
    browser.quit().await;
}

#[tokio::test]
async fn a_long_list_is_gone_through_and_searched_with_the_keyboard_without_scripts() {
    let Some(browser) = Browser::open(false).await else { return };
    let site = Site::new().await;
    site.item("w2").await;
    site.multiply("governance/item/", 250, |item, number| {
        item["person"] = format!("Person {number:04}").into();
        item["identity"] = format!("w-{number}").into();
    })
    .await;
    let origin = serve(&site).await;
    browser.go(&format!("{origin}/access/sign-in")).await;
    browser.focus_on("textbox", "Invitation").await;
    browser.follow(site.invite("w5").await.chars().chain([ENTER])).await;
    browser.go(&format!("{origin}/access/reviews")).await;
    assert_sound(&browser, "long-list", &origin).await;
    browser.tab_to("link", "Next part").await;
    browser.follow([ENTER]).await;
    assert!(browser.text().await.contains("101 to 200 of 2"), "{}", browser.text().await);
    browser.tab_to("searchbox", "Find").await;
    browser.follow("0123".chars().chain([ENTER])).await;
    let text = browser.text().await;
    assert!(text.contains("1 to 1 of 1.") && text.contains("Person 0123"), "{text}");
    assert_sound(&browser, "found", &origin).await;
    browser.quit().await;
}
