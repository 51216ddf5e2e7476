use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::file::Section;

/// Where people and services come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// CSV files: one of workers, one of services, either may be missing.
    Csv {
        /// One row an engagement.
        workers: Option<PathBuf>,
        /// One row a service account.
        workloads: Option<PathBuf>,
    },
}

/// What is provisioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A folder of CSV files.
    Csv {
        /// The folder; it is created when missing.
        path: PathBuf,
    },
    /// The embedded directory: a SQLite file that `tenure serve` can offer over SCIM.
    Directory {
        /// The SQLite file; it is created when missing.
        path: PathBuf,
    },
    /// A SCIM 2.0 service provider.
    Scim {
        /// The base URL, such as `https://example.com/scim/v2`.
        url: String,
        /// Where the bearer token is found; none sends none.
        token: Option<TokenFrom>,
        /// The name of the peer profile; none is strict.
        profile: Option<String>,
    },
}

/// Where a token is found. The token itself never stands in the project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFrom {
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
}

/// Something in a section that does not fit, with its place in the text.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) title: String,
    pub(super) span: Range<usize>,
    pub(super) help: Option<String>,
}

impl Source {
    pub(super) fn from_section(root: &Path, section: Section) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(root, section, "source");
        let source = match reader.kind().as_str() {
            "csv" => Self::Csv { workers: reader.path(WORKERS), workloads: reader.path(WORKLOADS) },
            _ => return Err(vec![reader.unknown_kind(&["csv"])]),
        };
        if matches!(&source, Self::Csv { workers: None, workloads: None }) {
            reader.missing("workers");
        }
        reader.finish(source)
    }
}

impl Target {
    pub(super) fn from_section(root: &Path, section: Section) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(root, section, "target");
        let target = match reader.kind().as_str() {
            "csv" => Self::Csv { path: reader.required_path() },
            "directory" => Self::Directory { path: reader.required_path() },
            "scim" => Self::Scim {
                url: reader.required_url(),
                token: reader.token(),
                profile: reader.text(PROFILE),
            },
            _ => return Err(vec![reader.unknown_kind(&["csv", "directory", "scim"])]),
        };
        reader.finish(target)
    }
}

/// Takes settings out of a section; what is left at the end belongs to another kind.
struct Reader<'a> {
    root: &'a Path,
    kind: Spanned<String>,
    role: &'static str,
    settings: Vec<(&'static str, Spanned<String>)>,
    problems: Vec<Problem>,
}

const PATH: &str = "path";
const WORKERS: &str = "workers";
const WORKLOADS: &str = "workloads";
const URL: &str = "url";
const TOKEN_ENV: &str = "token_env";
const TOKEN_FILE: &str = "token_file";
const PROFILE: &str = "profile";

impl<'a> Reader<'a> {
    fn new(root: &'a Path, section: Section, role: &'static str) -> Self {
        let settings = [
            (PATH, section.path),
            (WORKERS, section.workers),
            (WORKLOADS, section.workloads),
            (URL, section.url),
            (TOKEN_ENV, section.token_env),
            (TOKEN_FILE, section.token_file),
            (PROFILE, section.profile),
        ];
        let settings = settings.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Self { root, kind: section.kind, role, settings, problems: Vec::new() }
    }

    fn kind(&self) -> String {
        self.kind.get_ref().clone()
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let at = self.settings.iter().position(|(n, _)| *n == name)?;
        Some(self.settings.remove(at).1.into_inner())
    }

    fn path(&mut self, name: &str) -> Option<PathBuf> {
        self.text(name).map(|text| self.root.join(text))
    }

    fn required_path(&mut self) -> PathBuf {
        self.path(PATH).unwrap_or_else(|| {
            self.missing(PATH);
            PathBuf::new()
        })
    }

    fn required_url(&mut self) -> String {
        self.text(URL).unwrap_or_else(|| {
            self.missing(URL);
            String::new()
        })
    }

    fn token(&mut self) -> Option<TokenFrom> {
        match (self.text(TOKEN_ENV), self.path(TOKEN_FILE)) {
            (Some(name), None) => Some(TokenFrom::Env(name)),
            (None, Some(path)) => Some(TokenFrom::File(path)),
            (None, None) => None,
            (Some(_), Some(_)) => {
                let title = "both `token_env` and `token_file` are set".to_owned();
                self.problems.push(Problem { title, span: self.kind.span(), help: Some("keep one".into()) });
                None
            }
        }
    }

    fn missing(&mut self, name: &str) {
        let title = format!("a `{}` {} needs `{name}`", self.kind.get_ref(), self.role);
        self.problems.push(Problem { title, span: self.kind.span(), help: None });
    }

    fn unknown_kind(&self, kinds: &[&str]) -> Problem {
        let title = format!("`{}` is no kind of {}", self.kind.get_ref(), self.role);
        Problem {
            title,
            span: self.kind.span(),
            help: Some(format!("expected one of: {}", kinds.join(", "))),
        }
    }

    fn finish<T>(mut self, value: T) -> Result<T, Vec<Problem>> {
        for (name, setting) in self.settings {
            let title = format!("`{name}` is no setting of a `{}` {}", self.kind.get_ref(), self.role);
            self.problems.push(Problem { title, span: setting.span(), help: Some("remove it".into()) });
        }
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }
}
