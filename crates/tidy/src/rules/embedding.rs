use crate::{Finding, Workspace};

const README: &str = "README.md";
const COMPILED: &str = "crates/tenure/README.md";

// The facade's README is its crate documentation, so the compiler reads its program; this one has to be the same.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let program = |path: &str| first_rust_block(workspace.files.get(path).unwrap_or_default());
    match (program(README), program(COMPILED)) {
        (Some(shown), Some(compiled)) if shown == compiled => Vec::new(),
        (_, Some(_)) => {
            vec![Finding::file(README, format!("its program is not that of `{COMPILED}`, which is compiled"))]
        }
        (_, None) => vec![Finding::file(COMPILED, "it has no Rust program")],
    }
}

fn first_rust_block(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("```rust\n")?;
    Some(rest.split_once("\n```")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(readme: &str, compiled: &str) -> Vec<String> {
        let files = [(README, readme), (COMPILED, compiled)].into_iter().collect();
        check(&Workspace { files, ..Workspace::default() }).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn fires_when_the_shown_program_is_not_the_compiled_one() {
        let program = "# A\n```rust\nfn main() {}\n```\n";
        assert_eq!(messages(program, program), [""; 0]);
        assert_eq!(
            messages("```rust\nfn main() { }\n```\n", program),
            ["its program is not that of `crates/tenure/README.md`, which is compiled"]
        );
        assert_eq!(messages(program, "nothing"), ["it has no Rust program"]);
    }
}
