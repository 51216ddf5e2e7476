use super::source::numbered;
use crate::{Finding, Workspace};

/// Items that hold logic; a crate root has none. A procedural macro crate must define its macros in the root.
const LOGIC: &[&str] = &["fn ", "pub fn ", "pub(crate) fn ", "async fn ", "pub async fn ", "impl ", "impl<"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let roots = workspace.packages.iter().map(|p| p.manifest.replace("Cargo.toml", "src/lib.rs"));
    let texts = roots.filter_map(|path| Some((workspace.files.get(&path)?, path)));
    texts
        .filter(|(text, _)| !text.contains("#[proc_macro"))
        .flat_map(|(text, path)| check_root(&path, text))
        .collect()
}

fn check_root(path: &str, text: &str) -> Vec<Finding> {
    let logic = numbered(text).filter(|(_, line)| LOGIC.iter().any(|start| line.starts_with(start)));
    logic
        .map(|(number, _)| {
            Finding::line(path, number, "a crate root holds docs, modules and re-exports; move this")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_a_function_and_not_on_one_inside_a_doc_sample() {
        let text = "//! ```\n//! fn main() {}\n//! ```\nmod a;\npub use a::A;\n\nfn helper() {}\n";
        let message = "a crate root holds docs, modules and re-exports; move this";
        assert_eq!(check_root("x/src/lib.rs", text), [Finding::line("x/src/lib.rs", 7, message)]);
    }
}
