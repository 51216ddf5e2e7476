use crate::{Finding, Workspace};

/// A package can hold only files below its folder, so what two packages need exists twice: the original and its copy.
const COPIES: &[(&str, &str)] = &[
    ("examples/data/workers.csv", "crates/tenure-cli/template/workers.csv"),
    ("examples/data/services.csv", "crates/tenure-cli/template/services.csv"),
    ("examples/data/policy.yaml", "crates/tenure-cli/template/policy.yaml"),
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let differ = COPIES.iter().filter(|(from, to)| {
        let (from, to) = (workspace.files.get(from), workspace.files.get(to));
        from.is_none() || from != to
    });
    differ
        .map(|(from, to)| Finding::file(*to, format!("it is not the same as `{from}`; copy that over it")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_a_changed_and_on_a_missing_copy() {
        let files = [
            (COPIES[0].0, "a"),
            (COPIES[0].1, "a"),
            (COPIES[1].0, "a"),
            (COPIES[1].1, "b"),
            (COPIES[2].0, "a"),
        ];
        let found = check(&Workspace { files: files.into_iter().collect(), ..Workspace::default() });
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, [COPIES[1].1, COPIES[2].1]);
    }
}
