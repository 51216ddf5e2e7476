//! The life of an account from the first day to the last, over the memory connector.

use crate::common::{Company, account, at, held, titles};
use tenure_connector::entitlement::Entitlement;
use tenure_engine::StepOutcome;

#[tokio::test]
async fn first_load_creates_everyone_with_what_the_policy_gives_and_nothing_else() {
    let company = Company::new();
    let (plan, report) = company.settle(at("2026-03-02")).await;
    assert_eq!(report.count(StepOutcome::Done), plan.steps.len());
    assert_eq!(company.held("w2"), ["group:g-1", "licence:professional", "role:agent"]);
    assert_eq!(company.held("w1"), ["group:g-1", "role:lead"]);
    assert_eq!(company.held("w3"), ["role:reader"]);
    assert_eq!(held(&company.erp, "w2"), ["permission:self-service"]);
    let anna = company.account("w2").unwrap();
    assert_eq!(anna.text("userName"), Some("anna.berg"));
    let mara = company.account("w1").unwrap();
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";
    assert_eq!(anna.text(manager), mara.id());
    assert_eq!(plan.cost().to_string(), "1380.00 USD");
}

#[tokio::test]
async fn mover_loses_the_old_and_gets_the_new() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    let anna = company.worker("w2");
    anna.department = Some("Sales".to_owned());
    anna.title = Some("Seller".to_owned());
    let (plan, _) = company.settle(at("2026-04-01")).await;
    assert_eq!(
        titles(&plan),
        [
            "update title of Anna Berg in desk",
            "revoke group:Support from Anna Berg in desk",
            "revoke licence:professional from Anna Berg in desk",
            "revoke role:agent from Anna Berg in desk",
            "grant role:reader to Anna Berg in desk",
        ]
    );
    assert_eq!(company.held("w2"), ["role:reader"]);
    assert_eq!(plan.cost().to_string(), "-1380.00 USD");
}

#[tokio::test]
async fn leaver_goes_down_the_ladder() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    company.worker("w2").end_date = Some("2026-03-31".parse().unwrap());
    company.settle(at("2026-03-31")).await;
    assert_eq!(company.account("w2").unwrap().attr("active").unwrap().as_bool(), Some(true));
    let (plan, _) = company.settle(at("2026-04-01")).await;
    assert_eq!(
        titles(&plan),
        [
            "end the sessions of Anna Berg in desk",
            "disable Anna Berg in desk",
            "disable Anna Berg in erp",
            "revoke group:Support from Anna Berg in desk",
            "revoke role:agent from Anna Berg in desk",
            "revoke permission:self-service from Anna Berg in erp",
            "give what Anna Berg owns in desk to Mara Lind",
            "release seat licence:professional of Anna Berg in desk",
        ]
    );
    assert_eq!(company.held("w2"), Vec::<String>::new());
    assert_eq!(company.account("w2").unwrap().attr("active").unwrap().as_bool(), Some(false));
    assert!(
        plan.upcoming
            .iter()
            .any(|later| later.action == "delete" && later.due == Some(at("2026-04-30T22:00:00Z"))),
        "{:?}",
        plan.upcoming
    );
    let (plan, _) = company.settle(at("2026-05-02")).await;
    assert_eq!(titles(&plan), ["delete Anna Berg in desk", "delete Anna Berg in erp"]);
    assert_eq!(company.account("w2"), None);
    assert_eq!(account(&company.erp, "w2"), None);
}

#[tokio::test]
async fn a_leaver_may_be_left_with_the_weaker_licence() {
    for native in [true, false] {
        let mut company = Company::new();
        company.policy = crate::common::POLICY
            .replacen("      - release_seat\n", "      - downgrade: after 1d\n      - release_seat: after 20d\n", 1)
            .replacen("    protected: [breakglass]", "    exclusive: [{ kind: licence, order: [professional, light], fallback: light }]\n    protected: [breakglass]", 1);
        let light = Entitlement::new("licence", "light");
        let light = if native { light.exclusive_in("tier") } else { light };
        let professional = Entitlement::new("licence", "professional").with_capacity(50);
        let professional = if native { professional.exclusive_in("tier") } else { professional };
        company.desk.with_tenant(|tenant| {
            *tenant =
                std::mem::take(tenant).with_entitlement(light.clone()).with_entitlement(professional.clone());
        });
        company.settle(at("2026-03-02")).await;
        company.worker("w2").end_date = Some("2026-03-31".parse().unwrap());
        company.settle(at("2026-04-01")).await;
        assert_eq!(company.held("w2"), ["licence:professional"], "{native}");
        let (plan, _) = company.settle(at("2026-04-02")).await;
        let released = "release seat licence:professional of Anna Berg in desk";
        let given = "grant licence:light to Anna Berg in desk";
        assert_eq!(titles(&plan), if native { vec![given] } else { vec![released, given] });
        assert_eq!(company.held("w2"), ["licence:light"], "{native}");
        let (plan, _) = company.settle(at("2026-04-21")).await;
        assert_eq!(titles(&plan), ["release seat licence:light of Anna Berg in desk"]);
        assert_eq!(company.held("w2"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn future_hire_gets_a_disabled_account_a_week_before_and_an_active_one_on_the_first_day() {
    let mut company = Company::new();
    let mut eve = crate::common::worker("w9", "Eve", "Holm", "Support", "Agent", Some("w1"));
    eve.start_date = "2026-03-16".parse().unwrap();
    company.workers.push(eve);
    company.settle(at("2026-03-02")).await;
    assert_eq!(company.account("w9"), None);
    company.settle(at("2026-03-10")).await;
    assert_eq!(company.account("w9").unwrap().attr("active").unwrap().as_bool(), Some(false));
    company.settle(at("2026-03-16")).await;
    assert_eq!(company.account("w9").unwrap().attr("active").unwrap().as_bool(), Some(true));
}
