//! An example project in a temporary folder, and the `tenure` binary run inside it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The time at which every test decides.
pub(crate) const NOW: &str = "2026-03-02T08:00:00Z";

/// The example project, removed with the value.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// How the binary ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn init() -> Self {
        let folder = tempfile::tempdir().unwrap();
        tenure_cli::command::init::write_project(folder.path()).unwrap();
        Self { folder }
    }

    /// An example project with rules for requests, reviews and the like.
    pub(crate) fn governed(rules: &str) -> Self {
        let project = Self::init();
        fs::write(project.path("governance.yaml"), rules).unwrap();
        project.edit(
            "tenure.toml",
            "policy = \"policy.yaml\"",
            "policy = \"policy.yaml\"\ngovernance = \"governance.yaml\"",
        );
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a text that stands once in a file.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "`{from}` must stand once in {file}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }

    pub(crate) fn tenure(&self, arguments: &[&str]) -> Ended {
        tenure(self.folder.path(), arguments)
    }

    pub(crate) fn tenure_at(&self, now: &str, arguments: &[&str]) -> Ended {
        tenure_at(self.folder.path(), now, arguments)
    }

    /// Every file with its content.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    files.insert(path, content);
                }
            }
        }
        files
    }
}

pub(crate) fn tenure(folder: &Path, arguments: &[&str]) -> Ended {
    tenure_at(folder, NOW, arguments)
}

pub(crate) fn tenure_at(folder: &Path, now: &str, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command.current_dir(folder).args(arguments).args(["--color", "never", "--at", now]);
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Compares a text with `tests/golden/<name>.txt`; UPDATE_GOLDEN=1 writes it instead.
#[expect(clippy::disallowed_methods, reason = "the switch that rewrites golden files")]
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "differs from {}; UPDATE_GOLDEN=1 rewrites it", path.display());
}
