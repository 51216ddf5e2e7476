use serde_json::Value;
use tenure_connector::{AccountStatus, DeleteMode, ObjectRef, Operation, OwnershipScope, SessionScope};
use tenure_scim::Resource;

use crate::ManualConfig;

/// Says in words what an operation asks for: a title and the steps.
/// `way` says where in its pages it is done.
pub(crate) fn write(config: &ManualConfig, operation: &Operation, way: Vec<String>) -> (String, Vec<String>) {
    let system = &config.system;
    let (title, mut steps) = describe(operation);
    let opened = match &config.address {
        Some(address) => format!("Open {system} at {address}."),
        None => format!("Open {system}."),
    };
    steps.splice(0..0, [opened].into_iter().chain(way));
    steps.push("Set the status of this task to done, or to rejected with a note that says why.".to_owned());
    (format!("{title} in {system}"), steps)
}

fn describe(operation: &Operation) -> (String, Vec<String>) {
    let person = operation.object().map(name).unwrap_or_default();
    match operation {
        Operation::Create { resource, .. } => {
            let who = resource.text("userName").unwrap_or("a new user");
            let mut steps = vec!["Create an account with these values:".to_owned()];
            steps.extend(values(resource));
            steps.push(
                "Write the id that the system gives it into the field account of this task.".to_owned(),
            );
            (format!("Create an account for {who}"), steps)
        }
        Operation::Update { patch, .. } => {
            let change = |operation: &tenure_scim::PatchOperation| {
                let path = operation.path.as_ref().map(ToString::to_string).unwrap_or_default();
                let value = operation.value.as_ref().map(readable).unwrap_or_default();
                format!("  {} {path} {value}", operation.op.as_str()).trim_end().to_owned()
            };
            let mut steps = vec![format!("Change the account of {person}:")];
            steps.extend(patch.operations.iter().map(change));
            (format!("Change the account of {person}"), steps)
        }
        Operation::SetStatus { status, .. } => {
            let verb = match status {
                AccountStatus::Active => "Activate",
                AccountStatus::Suspended => "Suspend",
                AccountStatus::Disabled => "Disable",
                AccountStatus::Archived => "Archive",
            };
            one(format!("{verb} the account of {person}"))
        }
        Operation::Delete { mode, .. } => one(match mode {
            DeleteMode::Soft => format!("Delete the account of {person} so that it can be restored"),
            DeleteMode::Permanent => format!("Delete the account of {person} for good"),
            DeleteMode::Anonymise => format!("Remove everything personal from the account of {person}"),
        }),
        Operation::Restore { .. } => one(format!("Restore the account of {person}")),
        Operation::Grant { entitlement, parameters, .. } => {
            let (title, mut steps) = one(format!("Give {} {} to {person}", entitlement.kind, entitlement.id));
            steps.extend(parameters.iter().map(|(name, value)| format!("  {name}: {value}")));
            (title, steps)
        }
        Operation::AssignLicence { licence, .. } => {
            one(format!("Give {} {} to {person}", licence.kind, licence.id))
        }
        Operation::Revoke { entitlement, .. } => {
            one(format!("Take {} {} from {person}", entitlement.kind, entitlement.id))
        }
        Operation::ReleaseLicence { licence, .. } => {
            one(format!("Take {} {} from {person}", licence.kind, licence.id))
        }
        Operation::RevokeSessions { scope, .. } => one(match scope {
            SessionScope::All => format!("End every session of {person}"),
            SessionScope::Web => format!("End the browser sessions of {person}"),
            SessionScope::Mobile => format!("End the app sessions of {person}"),
            SessionScope::Tokens => format!("Revoke the tokens of {person}"),
        }),
        Operation::ResetFactors { .. } => one(format!("Reset the second factors of {person}")),
        Operation::SetCredential { .. } => one(format!("Set a new credential for {person}")),
        Operation::RotateCredential { .. } => one(format!("Replace the credential of {person}")),
        Operation::TransferOwnership { to, scope, .. } => {
            let what = match scope {
                OwnershipScope::All => "everything".to_owned(),
                OwnershipScope::Only(kinds) => kinds.iter().cloned().collect::<Vec<_>>().join(", "),
            };
            one(format!("Transfer {what} that {person} owns to {}", name(to)))
        }
        other => one(format!("Carry out {other}")),
    }
}

fn one(title: String) -> (String, Vec<String>) {
    let step = format!("{title}.");
    (title, vec![step])
}

fn name(object: &ObjectRef) -> String {
    let known = [ObjectRef::USER_NAME, ObjectRef::EMAIL].into_iter().find_map(|name| object.secondary(name));
    match known {
        Some(name) => format!("{name} ({})", object.id),
        None => object.id.clone(),
    }
}

fn values(resource: &Resource) -> Vec<String> {
    let technical = |name: &str| name == "schemas" || name == "id" || name == "meta";
    let shown = resource.attributes().filter(|(name, _)| !technical(name));
    shown.map(|(name, value)| format!("  {name}: {}", readable(&value.to_json()))).collect()
}

fn readable(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name} {}", readable(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}
