use tenure_connector::{
    AccountStatus, Certainty, CredentialKind, CredentialSource, DeleteMode, EntitlementRef, ErrorKind,
    ListQuery, ObjectClass, ObjectRef, Operation, OperationKind, OwnershipScope, Secret, SecretRef,
    SessionScope, Support, WriteRequest,
};
use tenure_scim::Patch;

use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

pub(super) async fn info_names_the_system(bench: &Bench) -> Ended {
    let info = bench.connector().info();
    for (what, text) in [
        ("system", &info.system),
        ("connector", &info.connector),
        ("version", &info.version),
        ("instance", &info.instance),
    ] {
        ensure(!text.is_empty(), || format!("expected a text in `{what}` of the info, found none"))?;
    }
    let queried = info.instance.contains('?') || info.instance.contains('@');
    ensure(!queried, || {
        format!("expected an instance without query or credentials, found `{}`", info.instance)
    })?;
    passed()
}

pub(super) async fn check_only_narrows(bench: &Bench) -> Ended {
    let report = bench.connector().check(&bench.ctx).await?;
    let declared = bench.capabilities();
    for (class, narrowed) in &report.capabilities.classes {
        for (kind, support) in &narrowed.operations {
            let widened = matches!(support, Support::Supported(_)) && !declared.allows(class, *kind);
            ensure(!widened, || {
                format!("check allows `{kind}` on `{class}`, which the capabilities do not")
            })?;
        }
    }
    passed()
}

pub(super) async fn schema_describes_every_class(bench: &Bench) -> Ended {
    let schema = bench.connector().schema(&bench.ctx).await?;
    let registry = schema.registry()?;
    for class in bench.capabilities().classes.keys() {
        let described = schema.classes.get(class);
        let name = described.map(|class| class.resource_type.name.as_str());
        let compiled = name.is_some_and(|name| registry.resource(name).is_some());
        ensure(compiled, || format!("expected a schema for class `{class}`, found none"))?;
    }
    passed()
}

pub(super) async fn capabilities_survive_serialisation(bench: &Bench) -> Ended {
    let capabilities = bench.capabilities();
    let text = serde_json::to_string(&capabilities).map_err(|error| Failure::new(error.to_string()))?;
    let back = serde_json::from_str(&text).map_err(|error| Failure::new(error.to_string()))?;
    ensure(capabilities == back, || "capabilities changed by writing and reading them".to_owned())?;
    passed()
}

pub(super) async fn nothing_printed_is_secret(bench: &Bench) -> Ended {
    let mut secrets = bench.subject.secrets.clone();
    let mut printed = vec![
        format!("{:?}", bench.connector()),
        format!("{:?}", bench.connector().info()),
        format!("{:?}", bench.connector().check(&bench.ctx).await?),
    ];
    if bench.can(OperationKind::SetCredential) {
        let planted = "Planted-Secret-4711-Trial";
        secrets.push(planted.to_owned());
        let name = SecretRef::new("trial/planted");
        bench.secrets.put(&name, Secret::new(planted));
        let credential = CredentialSource::Reference(name);
        for object in [bench.create_user("secret").await?, bench.missing()] {
            let result =
                bench.apply(Operation::SetCredential { object, credential: credential.clone() }).await;
            printed.push(format!(
                "{result:?} {}",
                result.as_ref().err().map(ToString::to_string).unwrap_or_default()
            ));
        }
        printed.push(format!("{:?}", bench.connector()));
        let users = bench.connector().list(&bench.ctx, &ListQuery::new(ObjectClass::USER)).await;
        printed.push(format!("{users:?}"));
    }
    for secret in &secrets {
        let leak = printed.iter().find(|text| text.contains(secret.as_str()));
        ensure(leak.is_none(), || "a secret stands in what the connector prints".to_owned())?;
    }
    passed()
}

pub(super) async fn wrong_credentials_are_refused(bench: &Bench) -> Ended {
    let Some(intruder) = &bench.subject.intruder else {
        return skip("no connector with wrong credentials is given");
    };
    let error = Bench::expect_kind(
        "check with wrong credentials",
        intruder.check(&bench.ctx).await,
        ErrorKind::Auth,
    )?;
    ensure(error.certainty() == Certainty::Refused, || {
        format!("expected certainty refused with wrong credentials, found {:?}", error.certainty())
    })?;
    passed()
}

pub(super) async fn unknown_class_is_unsupported(bench: &Bench) -> Ended {
    let class = ObjectClass::known("NoSuchClassAnywhere");
    let listed = bench.connector().list(&bench.ctx, &ListQuery::new(class.clone())).await;
    Bench::expect_kind("list of an unknown class", listed, ErrorKind::Unsupported)?;
    let got = bench.get(&ObjectRef::new(class.clone(), "1")).await;
    Bench::expect_kind("get of an unknown class", got, ErrorKind::Unsupported)?;
    let request = WriteRequest::new(
        bench.key(),
        Operation::Delete { object: ObjectRef::new(class, "1"), mode: DeleteMode::Soft },
    );
    let applied = bench.connector().apply(&bench.ctx, &request).await;
    Bench::expect_kind("delete of an unknown class", applied, ErrorKind::Unsupported)?;
    passed()
}

pub(super) async fn undeclared_operation_is_unsupported(bench: &Bench) -> Ended {
    let undeclared: Vec<_> = OperationKind::ALL.into_iter().filter(|kind| !bench.can(*kind)).collect();
    if undeclared.is_empty() {
        return skip("every operation is declared");
    }
    for operation in every_operation(bench) {
        if !undeclared.contains(&operation.kind()) {
            continue;
        }
        let request = WriteRequest::new(bench.key(), operation.clone());
        let result = bench.connector().apply(&bench.ctx, &request).await;
        let error = Bench::expect_kind(&operation.to_string(), result, ErrorKind::Unsupported)?;
        ensure(error.certainty() != Certainty::Unknown, || {
            format!("{operation}: unsupported but of unknown outcome")
        })?;
    }
    passed()
}

pub(super) async fn errors_tell_kind_and_certainty(bench: &Bench) -> Ended {
    let error = Bench::expect_kind(
        "get of a missing account",
        bench.get(&missing_of_a_class(bench)?).await,
        ErrorKind::NotFound,
    )?;
    ensure(error.certainty() == Certainty::Refused, || {
        format!("expected certainty refused for a missing account, found {:?}", error.certainty())
    })?;
    let text = error.to_string();
    let plain = !text.ends_with('.') && !text.contains('\n') && !text.is_empty();
    ensure(plain, || format!("expected one line without a final dot, found `{text}`"))?;
    let kept = serde_json::to_value(&error).ok().and_then(|json| serde_json::from_value(json).ok());
    let same = kept.is_some_and(|kept: tenure_connector::ConnectorError| kept.to_string() == text);
    ensure(same, || "an error changed by writing and reading it".to_owned())?;
    passed()
}

pub(super) fn missing_of_a_class(bench: &Bench) -> Result<ObjectRef, Failure> {
    let capabilities = bench.capabilities();
    let readable = capabilities.classes.iter().find(|(_, class)| class.get);
    let (class, _) = readable.ok_or_else(|| Failure::new("expected a class that can be read, found none"))?;
    Ok(ObjectRef { class: class.clone(), ..bench.missing() })
}

fn every_operation(bench: &Bench) -> Vec<Operation> {
    let object = || bench.missing();
    let entitlement = || EntitlementRef::new("role", "trial");
    let credential = || CredentialSource::Reference(SecretRef::new("trial/none"));
    vec![
        Operation::Create { class: ObjectClass::USER, resource: bench.user(&bench.name("undeclared")) },
        Operation::Update { object: object(), patch: Patch::default() },
        Operation::SetStatus { object: object(), status: AccountStatus::Suspended },
        Operation::Delete { object: object(), mode: DeleteMode::Soft },
        Operation::Restore { object: object() },
        Bench::grant_of(&object(), &entitlement()),
        Operation::Revoke { object: object(), entitlement: entitlement() },
        Operation::RevokeSessions { object: object(), scope: SessionScope::All },
        Operation::ResetFactors { object: object() },
        Operation::SetCredential { object: object(), credential: credential() },
        Operation::RotateCredential {
            object: object(),
            kind: CredentialKind::Password,
            credential: credential(),
        },
        Operation::TransferOwnership { object: object(), to: object(), scope: OwnershipScope::All },
        Operation::AssignLicence { object: object(), licence: entitlement() },
        Operation::ReleaseLicence { object: object(), licence: entitlement() },
        Operation::Custom {
            object: object(),
            name: "no-such-action".to_owned(),
            arguments: Default::default(),
        },
    ]
}
