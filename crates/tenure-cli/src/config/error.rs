use std::fmt;
use std::path::Path;

use crate::present::{Diagnostic, Place};

/// The project file does not work; every reason with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Diagnostic>,
}

impl ConfigError {
    pub(super) fn new(problems: Vec<Diagnostic>) -> Self {
        Self { problems }
    }

    pub(super) fn unreadable(path: &Path, e: &std::io::Error) -> Self {
        let help = (e.kind() == std::io::ErrorKind::NotFound).then(|| {
            "run `tenure init <folder>` for a working example, or name the file with `--config`".to_owned()
        });
        Self::new(vec![Diagnostic {
            title: format!("the project file cannot be read: {e}"),
            path: path.display().to_string(),
            place: None,
            help,
        }])
    }

    pub(super) fn syntax(name: &str, text: &str, e: &toml::de::Error) -> Self {
        let place = e.span().map(|span| Place { source: text.to_owned(), span });
        Self::new(vec![Diagnostic {
            title: e.message().to_owned(),
            path: name.to_owned(),
            place,
            help: None,
        }])
    }

    /// What is wrong, in the order of the file.
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<&str> = self.problems.iter().map(|p| p.title.as_str()).collect();
        f.write_str(&titles.join("; "))
    }
}

impl std::error::Error for ConfigError {}
