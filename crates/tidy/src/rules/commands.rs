use super::code_blocks::documents;
use super::source::numbered;
use crate::{Files, Finding, Workspace};

/// Programs whose arguments are read elsewhere: `tenure`'s by a test of the command line.
const PROGRAMS: &[&str] = &["cargo", "cd", "git", "tenure"];

/// What cargo can do by itself or by a tool that this repository uses.
const CARGO: &[&str] = &[
    "bench",
    "build",
    "check",
    "clippy",
    "deny",
    "doc",
    "fmt",
    "install",
    "llvm-cov",
    "metadata",
    "mutants",
    "nextest",
    "package",
    "publish",
    "run",
    "semver-checks",
    "test",
    "tree",
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    documents(&workspace.files).flat_map(|(path, text)| check_document(workspace, path, text)).collect()
}

fn check_document(workspace: &Workspace, path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, command) in commands(text) {
        for part in command.split(" && ").flat_map(|part| part.split(" | ")) {
            if let Some(message) = wrong(workspace, part) {
                found.push(Finding::line(path, number, message));
            }
        }
    }
    found
}

/// The lines of blocks of the shell, indented lines and code within a sentence that begin with what people type here.
fn commands(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut fence) = (Vec::new(), None);
    for (number, line) in numbered(text) {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(language) };
        } else if fence == Some("sh") {
            found.push((number, without_comment(line)));
        } else if fence.is_none() {
            let whole = line.strip_prefix("    ").map(without_comment);
            let inline = line.split('`').skip(1).step_by(2);
            found.extend(whole.into_iter().chain(inline).filter(|c| is_ours(c)).map(|c| (number, c)));
        }
    }
    found.retain(|(_, command)| !command.is_empty());
    found
}

fn without_comment(line: &str) -> &str {
    line.split(" #").next().unwrap_or(line).trim()
}

fn is_ours(command: &str) -> bool {
    let with_settings = command.split_once(" cargo ").is_some_and(|(before, _)| before.contains('='));
    let starts = ["cargo ", "cd bench ", ".ci/", "fuzz/run.sh ", "bench/"];
    with_settings || starts.iter().any(|start| command.starts_with(start))
}

fn wrong(workspace: &Workspace, command: &str) -> Option<String> {
    let words = words(command);
    let mut words =
        words.iter().map(String::as_str).skip_while(|word| word.contains('=') && !word.starts_with('-'));
    let program = words.next()?;
    let arguments: Vec<&str> = words.collect();
    match program {
        "cargo" => wrong_cargo(workspace, &arguments),
        ".ci/run" => wrong_stage(&workspace.files, &arguments),
        // Several at once are named for people, not to be typed.
        script if script.contains('{') => None,
        script if script.contains('/') => {
            (!workspace.files.exists(script)).then(|| format!("`{command}`: there is no `{script}`"))
        }
        program => (!PROGRAMS.contains(&program))
            .then(|| format!("`{command}`: nothing checks commands of `{program}`; teach this rule to")),
    }
}

fn wrong_stage(files: &Files, arguments: &[&str]) -> Option<String> {
    let stages = files.get(".ci/run")?.lines().find_map(|line| line.strip_prefix("stages=("))?;
    let known = |name: &str| stages.trim_end_matches(')').split(' ').any(|stage| stage == name);
    let wrong = arguments.iter().find(|name| !placeholder(name) && **name != "list" && !known(name))?;
    Some(format!("`.ci/run` has no stage `{wrong}`"))
}

fn wrong_cargo(workspace: &Workspace, arguments: &[&str]) -> Option<String> {
    let files = &workspace.files;
    let arguments: Vec<&str> = arguments.iter().copied().take_while(|word| *word != "--").collect();
    let sub = arguments.first()?.trim_start_matches('+');
    if !CARGO.contains(&sub) {
        return Some(format!("cargo has no `{sub}`"));
    }
    let value = |names: &[&str]| {
        let at = arguments.iter().position(|word| names.contains(word))?;
        arguments.get(at + 1).copied().filter(|value| !placeholder(value))
    };
    let (package, path) = (value(&["-p", "--package"]), value(&["--path", "--manifest-path"]));
    if let Some(package) = package.filter(|package| !is_package(files, package)) {
        return Some(format!("there is no package `{package}`"));
    }
    if let Some(path) = path.filter(|path| !files.exists(path)) {
        return Some(format!("there is no `{path}`"));
    }
    for (flag, folder) in [("--example", "examples"), ("--test", "tests"), ("--bench", "benches")] {
        if let Some(name) = value(&[flag]).filter(|name| !is_target(files, folder, name)) {
            return Some(format!("there is no `{flag} {name}`"));
        }
    }
    let manifest = |p: &&crate::Package| {
        Some(p.name.as_str()) == package
            || path.is_some_and(|path| p.manifest == format!("{path}/Cargo.toml"))
    };
    let of = workspace.packages.iter().find(manifest)?;
    let features = value(&["--features", "-F"])?.split(',');
    let missing =
        features.filter(|f| !f.contains('/')).find(|f| !of.features.iter().any(|known| known == f))?;
    Some(format!("`{}` has no feature `{missing}`", of.name))
}

fn is_package(files: &Files, name: &str) -> bool {
    let line = format!("name = \"{name}\"");
    files.ending("Cargo.toml").any(|(_, text)| text.lines().any(|found| found == line))
}

fn is_target(files: &Files, folder: &str, name: &str) -> bool {
    let (file, main) = (format!("{folder}/{name}.rs"), format!("{folder}/{name}/main.rs"));
    files.ending(".rs").any(|(path, _)| {
        [&file, &main].iter().any(|end| path == end.as_str() || path.ends_with(&format!("/{end}")))
    })
}

/// What the reader puts something in place of: `NAME`, `<crate>`, `[OPTIONS]`.
fn placeholder(word: &str) -> bool {
    word.starts_with(['<', '[', '$']) || word.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c == '.')
}

/// The words of a line, with quotes as the shell takes them.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut quoted, mut open) = (false, false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => open = false,
            c if open => words.last_mut().into_iter().for_each(|word| word.push(c)),
            c => {
                words.push(c.to_string());
                open = true;
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Package;

    fn messages(text: &str) -> Vec<String> {
        let files = [
            ("docs/A.md", text),
            (".ci/run", "stages=(tests fuzz)\n"),
            ("crates/desk/Cargo.toml", "[package]\nname = \"desk\"\n"),
            ("crates/desk/tests/hard.rs", ""),
            ("examples/embed.rs", ""),
            ("fuzz/run.sh", ""),
        ];
        let package = Package {
            name: "desk".into(),
            manifest: "crates/desk/Cargo.toml".into(),
            features: vec!["tls".into()],
            ..Package::default()
        };
        let files = files.into_iter().collect();
        let workspace = Workspace { files, packages: vec![package], ..Workspace::default() };
        check(&workspace).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fires_on_what_a_reader_would_type_in_vain() {
        let text = "`.ci/run tests lint` and `cargo tset`\n\n    cargo test -p desk --test soft\n\n```sh\ncargo run --example quick\n\
                    A=\"b c\" cargo install --path crates/disk\ncargo build -p desk --features tls,gold   # builds\n\
                    fuzz/go.sh path\nmake it\n```\n`cargo test -p nobody`\n";
        assert_eq!(
            messages(text),
            [
                "docs/A.md:1: `.ci/run` has no stage `lint`",
                "docs/A.md:1: cargo has no `tset`",
                "docs/A.md:3: there is no `--test soft`",
                "docs/A.md:6: there is no `--example quick`",
                "docs/A.md:7: there is no `crates/disk`",
                "docs/A.md:8: `desk` has no feature `gold`",
                "docs/A.md:9: `fuzz/go.sh path`: there is no `fuzz/go.sh`",
                "docs/A.md:10: `make it`: nothing checks commands of `make`; teach this rule to",
                "docs/A.md:12: there is no package `nobody`",
            ]
        );
    }

    #[test]
    fn accepts_what_is_there_and_what_the_reader_fills_in() {
        let text = "`.ci/run NAME`, `cargo test -p <crate>`, `cargo run --example NAME`\n```sh\n\
                    cargo test -p desk --features tls --test hard -- --features none\nfuzz/run.sh TARGET SECONDS\n\
                    tenure init example && cd example\ncargo run --example embed   # once\n```\n";
        assert_eq!(messages(text), [""; 0]);
    }
}
