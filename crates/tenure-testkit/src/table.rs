use std::fmt::Write as _;

use tenure_connector::{Capabilities, ClassCapabilities, FilterSupport, Support};

/// Writes capabilities as the Markdown tables of a connector's `docs.md`, so that a test can hold the page to the code.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Capabilities, ClassCapabilities, ObjectClass, OperationKind, OperationSupport, WhyNot};
/// use tenure_testkit::capability_tables;
///
/// let user = ClassCapabilities::new()
///     .readable()
///     .supports(OperationKind::Create, OperationSupport::new())
///     .lacks(OperationKind::Restore, WhyNot::Product, "gone is gone");
/// let tables = capability_tables(&Capabilities::new().with(ObjectClass::USER, user));
/// assert_eq!(
///     tables,
///     "| class | read | list | changes | operations |\n|---|---|---|---|---|\n\
///      | `User` | yes | yes | no | create |\n\n\
///      | class | operation | why not |\n|---|---|---|\n| `User` | restore | gone is gone |\n"
/// );
/// ```
#[must_use]
pub fn capability_tables(capabilities: &Capabilities) -> String {
    let mut can = "| class | read | list | changes | operations |\n|---|---|---|---|---|\n".to_owned();
    let mut cannot = "| class | operation | why not |\n|---|---|---|\n".to_owned();
    let mut lacking = false;
    for (class, of) in &capabilities.classes {
        let read = if of.get { "yes" } else { "no" };
        // INVARIANT: writing to a String does not fail.
        let _ =
            writeln!(can, "| `{class}` | {read} | {} | {} | {} |", listed(of), followed(of), operations(of));
        for (kind, support) in &of.operations {
            if let Support::Unsupported(because) = support {
                lacking = true;
                let _ = writeln!(cannot, "| `{class}` | {kind} | {} |", because.detail);
            }
        }
    }
    if lacking { format!("{can}\n{cannot}") } else { can }
}

fn listed(class: &ClassCapabilities) -> String {
    let Some(list) = &class.list else { return "no".to_owned() };
    let filter = match &list.filter {
        FilterSupport::Full => Some("any filter".to_owned()),
        FilterSupport::Equality(paths) => Some(format!("`eq` of {}", paths.join(", "))),
        _ => None,
    };
    let sort = list.sort.then(|| "sort".to_owned());
    let total = list.total.then(|| "total".to_owned());
    let parts: Vec<_> = [filter, sort, total].into_iter().flatten().collect();
    if parts.is_empty() { "yes".to_owned() } else { parts.join(", ") }
}

fn followed(class: &ClassCapabilities) -> &'static str {
    match &class.changes {
        None => "no",
        Some(delta) if delta.tombstones => "with deletions",
        Some(_) => "without deletions",
    }
}

fn operations(class: &ClassCapabilities) -> String {
    let supported = class.operations.iter().filter_map(|(kind, support)| match support {
        Support::Supported(support) if support.locking => Some(format!("{kind} (with version)")),
        Support::Supported(_) => Some(kind.to_string()),
        Support::Unsupported(_) => None,
    });
    supported.collect::<Vec<_>>().join(", ")
}
