use tenure_engine::report::{Column, ReportTable};
use tenure_policy::{Coverage, Policy, TargetId};

use crate::Rules;

/// What is covered in each target, by the policy and by the reviews of the rules.
pub(crate) fn coverage(policy: &Policy, rules: &Rules) -> Vec<Coverage> {
    let reviews = &rules.document().reviews;
    let is_reviewed = |target: &TargetId| {
        reviews.iter().map(|review| &review.scope.targets).any(|all| all.is_empty() || all.contains(target))
    };
    let covered = policy.coverage().into_iter();
    covered.map(|found| if is_reviewed(&found.target) { found.reviewed() } else { found }).collect()
}

/// The same as a table: a row for each target, a column for each part of the lifecycle.
pub(crate) fn table(covered: &[Coverage]) -> ReportTable {
    let columns = ["system", "joiner", "mover", "leaver", "review", "by groups"].map(Column::text);
    let mut table = ReportTable::new("Coverage", columns);
    for found in covered {
        let parts = [found.joiner, found.mover, found.leaver, found.review, found.groups];
        let words = parts.map(|covered| if covered { "yes" } else { "no" }.to_owned());
        table.row([found.target.to_string()].into_iter().chain(words));
    }
    table
}
