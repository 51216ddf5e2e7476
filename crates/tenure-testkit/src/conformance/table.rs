use std::fmt::Write as _;
use std::path::Path;

use tenure_connector::{
    Capabilities, ClassCapabilities, Execution, FilterSupport, OperationKind, OperationSupport, SideEffect,
    Support, WhyNot,
};

/// What a connector can do, as a table in Markdown.
///
/// # Examples
///
/// ```
/// use tenure_connector::memory::memory_capabilities;
/// use tenure_testkit::conformance::capability_table;
///
/// let table = capability_table(&memory_capabilities());
/// assert!(table.contains("| `User` | `create` | yes, repeatable |"), "{table}");
/// ```
#[must_use]
pub fn capability_table(capabilities: &Capabilities) -> String {
    let mut table =
        "| class | operation | supported | besides | permissions |\n|---|---|---|---|---|\n".to_owned();
    let mut row = |class: &str, operation: &str, how: &str, besides: &str, permissions: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(table, "| `{class}` | `{operation}` | {how} | {besides} | {permissions} |");
    };
    for (class, found) in &capabilities.classes {
        let class = class.as_str();
        if found.get {
            row(class, "get", "yes", "", "");
        }
        if found.list.is_some() {
            row(class, "list", &listed(found), "", "");
        }
        if let Some(delta) = &found.changes {
            let how = if delta.tombstones { "yes, deletions are told" } else { "yes, without deletions" };
            row(class, "changes", how, "", "");
        }
        for kind in OperationKind::ALL {
            match found.operations.get(&kind) {
                Some(Support::Supported(support)) => {
                    let effects: Vec<String> = support.effects.iter().map(effect).collect();
                    let permissions: Vec<String> =
                        support.permissions.iter().map(|permission| format!("`{permission}`")).collect();
                    row(class, kind.as_str(), &how(support), &effects.join(", "), &permissions.join(", "));
                }
                Some(Support::Unsupported(because)) => {
                    let reason = match because.reason {
                        WhyNot::Product => "no, the system has nothing like it",
                        WhyNot::Plan => "no, the plan lacks it",
                        WhyNot::Scope => "no, a permission is missing",
                        _ => "no, not built",
                    };
                    row(class, kind.as_str(), reason, &because.detail, "");
                }
                None => {}
            }
        }
    }
    table
}

/// Compares the table in a file, between the lines `<!-- capabilities -->` and `<!-- end -->`, with what the code says;
/// with `update` it is written there.
///
/// # Errors
///
/// In words: the file cannot be read or written, has no such lines, or another table.
pub fn check_table(file: &Path, capabilities: &Capabilities, update: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?)));
    let Some((before, (found, after))) = parts else {
        return Err(format!("{}: expected the lines `{}` and `{END}`", file.display(), BEGIN.trim_end()));
    };
    let table = capability_table(capabilities);
    if found == table {
        return Ok(());
    }
    if !update {
        return Err(format!(
            "{}: the table is not what the code says; run the test with UPDATE_GOLDEN=1\n{table}",
            file.display()
        ));
    }
    std::fs::write(file, format!("{before}{BEGIN}{table}{END}{after}")).map_err(|error| error.to_string())
}

const BEGIN: &str = "<!-- capabilities -->\n";
const END: &str = "<!-- end -->";

fn listed(class: &ClassCapabilities) -> String {
    let Some(list) = &class.list else { return String::new() };
    let mut text = match &list.filter {
        FilterSupport::Full => "yes, any filter".to_owned(),
        FilterSupport::Equality(paths) => format!("yes, filter `{}`", paths.join("` or `")),
        _ => "yes, no filter".to_owned(),
    };
    if let Some(size) = list.max_page_size {
        let _ = write!(text, ", pages of up to {size}");
    }
    text
}

fn how(support: &OperationSupport) -> String {
    let mut text = "yes".to_owned();
    for (holds, word) in [
        (support.idempotent, "repeatable"),
        (support.locking, "with expected version"),
        (support.execution == Execution::Job, "as a job"),
        (support.execution == Execution::Manual, "by a person"),
    ] {
        if holds {
            let _ = write!(text, ", {word}");
        }
    }
    text
}

fn effect(effect: &SideEffect) -> String {
    match effect {
        SideEffect::EmailsUser => "mails the user".to_owned(),
        SideEffect::FreesSeat => "frees the seat".to_owned(),
        SideEffect::KeepsSeat => "the seat stays paid".to_owned(),
        SideEffect::DropsMemberships => "drops memberships".to_owned(),
        SideEffect::Irreversible => "cannot be undone".to_owned(),
        SideEffect::Retained { days } => format!("can be restored for {days} days"),
        SideEffect::EndsSessions => "ends sessions".to_owned(),
        SideEffect::KeepsSessions => "sessions go on".to_owned(),
        SideEffect::DestroysCredential => "destroys the credential".to_owned(),
        SideEffect::ChangesAttributes { paths } => format!("changes `{}`", paths.join("`, `")),
        SideEffect::Other { what } => what.clone(),
        _ => "more".to_owned(),
    }
}
