//! Whatever goes wrong on the way, a patient driver reaches the state that an independent model expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::{
    AccountStatus, Connector, ConnectorExt, Context, EntitlementRef, ListQuery, ObjectClass, Operation,
    Result, WriteRequest,
};
use tenure_scim::Resource;
use tenure_testkit::Random;
use tenure_testkit::chaos::{ChaosConnector, ChaosEvent, Schedule};
use tenure_testkit::model::{Model, Wish};

type Chaos = ChaosConnector<MemoryConnector>;

fn wishes(seed: u64) -> Vec<Wish> {
    let mut random = Random::new(seed);
    let names = ["anna", "bert", "carl", "dora"].map(str::to_owned);
    let roles = ["agent", "admin"].map(|role| EntitlementRef::new("role", role));
    let mut all: Vec<_> = names.iter().cloned().map(Wish::Join).collect();
    for _ in 0..12 {
        let name = random.pick(&names).unwrap().clone();
        let role = random.pick(&roles).unwrap().clone();
        all.push(match random.below(4) {
            0 => Wish::Leave(name),
            1 => Wish::Drop(name, role),
            2 => Wish::Join(name),
            _ => Wish::Hold(name, role),
        });
    }
    all
}

/// Tries a wish once, from what a read shows; every write has the key of the wish.
async fn attempt(ctx: &Context, target: &Chaos, key: &str, wish: &Wish) -> Result<()> {
    let name = match wish {
        Wish::Join(name) | Wish::Leave(name) | Wish::Hold(name, _) | Wish::Drop(name, _) => name,
    };
    let page = target.list_all(ctx, ListQuery::new(ObjectClass::USER), 1_000).await?;
    let found = page
        .items
        .iter()
        .find(|item| item.resource.text("userName") == Some(name))
        .map(|item| item.object.clone());
    if found.is_none() && !page.complete {
        return Err(tenure_connector::ConnectorError::new(
            tenure_connector::ErrorKind::NotReady,
            tenure_connector::Certainty::NotAttempted,
        ));
    }
    let resource = || {
        Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", name.as_str()).unwrap()
    };
    let mut operations = Vec::new();
    match (wish, found) {
        (Wish::Join(_), None) => {
            operations.push(Operation::Create { class: ObjectClass::USER, resource: resource() })
        }
        (Wish::Join(_), Some(object)) => {
            operations.push(Operation::SetStatus { object, status: AccountStatus::Active })
        }
        (Wish::Leave(_), Some(object)) => {
            for role in ["agent", "admin"] {
                operations.push(Operation::Revoke {
                    object: object.clone(),
                    entitlement: EntitlementRef::new("role", role),
                });
            }
            operations.push(Operation::SetStatus { object, status: AccountStatus::Disabled });
        }
        (Wish::Hold(_, role), Some(object)) => {
            operations.push(Operation::Grant {
                object,
                entitlement: role.clone(),
                parameters: Default::default(),
            });
        }
        (Wish::Drop(_, role), Some(object)) => {
            operations.push(Operation::Revoke { object, entitlement: role.clone() })
        }
        (_, None) => {}
    }
    for (step, operation) in operations.into_iter().enumerate() {
        let key = format!("{key}/{step}/{}", operation.kind());
        target.apply(ctx, &WriteRequest::new(key, operation)).await?;
    }
    Ok(())
}

async fn run(seed: u64, schedule: Schedule) -> (Vec<String>, Vec<ChaosEvent>, Chaos) {
    let tenant = ["agent", "admin"]
        .iter()
        .fold(Tenant::new(), |tenant, role| tenant.with_entitlement(Entitlement::new("role", role)));
    let target = ChaosConnector::new(MemoryConnector::over("desk", tenant), schedule);
    let (ctx, mut model) = (Context::new("chaos"), Model::default());
    for (number, wish) in wishes(seed).iter().enumerate() {
        model.wish(wish);
        let mut tries = 0;
        while attempt(&ctx, &target, &format!("wish-{number}"), wish).await.is_err() {
            target.restart();
            tries += 1;
            assert!(tries < 1_000, "seed {seed}: {wish:?} never comes true");
        }
    }
    let differences = model.judge(&ctx, target.inner()).await.unwrap();
    (differences.iter().map(ToString::to_string).collect(), target.log(), target)
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn two_hundred_unlucky_runs_end_as_the_model_says() {
    let mut faults = 0;
    for seed in 0..200 {
        let (differences, log, _) = block(run(seed, Schedule::random(seed, 30)));
        assert_eq!(differences, Vec::<String>::new(), "seed {seed}");
        faults += log.len();
    }
    assert!(faults > 1_000, "only {faults} faults happened");
}

#[test]
fn a_log_makes_the_same_faults_again() {
    let (_, log, first) = block(run(9, Schedule::random(9, 30)));
    let (_, again, second) = block(run(9, Schedule::replay(&log)));
    assert_eq!(log, again);
    assert_eq!(
        first.inner().with_tenant(|tenant| tenant.writes()),
        second.inner().with_tenant(|tenant| tenant.writes())
    );
    let json = serde_json::to_string(&log).unwrap();
    assert_eq!(serde_json::from_str::<Vec<ChaosEvent>>(&json).unwrap(), log);
}

#[test]
fn the_model_notices_a_wish_that_did_not_come_true() {
    let (ctx, target) = (Context::new("t"), MemoryConnector::new("desk"));
    let agent = EntitlementRef::new("role", "agent");
    target.with_tenant(|tenant| {
        let resource = |name: &str| {
            Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", name).unwrap()
        };
        tenant.seed(&ObjectClass::USER, resource("left"));
        tenant.seed(&ObjectClass::USER, resource("stranger"));
        tenant.seed(&ObjectClass::USER, resource("double"));
        tenant.seed(&ObjectClass::USER, resource("double"));
    });
    let mut model = Model::default();
    for wish in [
        Wish::Leave("left".into()),
        Wish::Join("missing".into()),
        Wish::Join("double".into()),
        Wish::Join("stranger".into()),
        Wish::Hold("stranger".into(), agent),
    ] {
        model.wish(&wish);
    }
    let differences: Vec<_> =
        block(model.judge(&ctx, &target)).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        differences,
        [
            "`double`: expected one account, found 2",
            "`left`: expected no working account, found one",
            "`missing`: expected a working account, found none",
            "`stranger`: expected [role:agent], found []",
        ]
    );
}
