use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::{Spanned, Value};

use super::file::Section;

/// Something in a section that does not fit, with its place in the text.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) title: String,
    pub(super) span: Range<usize>,
    pub(super) help: Option<String>,
}

/// Takes settings out of a section one by one; what is left at the end does not belong there.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    root: &'a Path,
    role: &'static str,
    kind: String,
    kind_span: Range<usize>,
    settings: Vec<(Spanned<String>, Spanned<Value>)>,
    asked: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(root: &'a Path, section: Section, role: &'static str) -> Self {
        let whole = section.span();
        let mut settings: Vec<_> = section.into_inner().into_iter().collect();
        settings.sort_by_key(|(name, _)| name.span().start);
        let mut problems = Vec::new();
        let (kind, kind_span) = match remove(&mut settings, KIND) {
            Some(kind) => (kind.get_ref().as_str().unwrap_or_default().to_owned(), kind.span()),
            None => {
                let title = format!("a {role} needs `{KIND}`");
                problems.push(Problem { title, span: whole.clone(), help: None });
                (String::new(), whole)
            }
        };
        Self { root, role, kind, kind_span, settings, asked: Vec::new(), problems }
    }

    /// The folder of the project file.
    #[cfg(feature = "online")]
    #[cfg_attr(
        not(feature = "vendors"),
        allow(dead_code, reason = "each kind needs a part of what the vendors share")
    )]
    pub(super) fn root(&self) -> &'a Path {
        self.root
    }

    pub(super) fn kind(&self) -> String {
        self.kind.clone()
    }

    /// A setting that may be missing.
    pub(super) fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        self.asked.push(name);
        let setting = remove(&mut self.settings, name)?;
        let span = setting.span();
        match setting.into_inner().try_into() {
            Ok(value) => Some(value),
            Err(e) => {
                let title = format!("`{name}` does not fit: {}", e.message());
                self.problems.push(Problem { title, span, help: None });
                None
            }
        }
    }

    /// A setting that must be there.
    pub(super) fn need<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> T {
        let there = self.settings.iter().any(|(known, _)| known.get_ref() == name);
        let value = self.take(name);
        if !there {
            self.missing(name);
        }
        value.unwrap_or_default()
    }

    /// A path, joined with the folder of the project file.
    pub(super) fn path(&mut self, name: &'static str) -> Option<PathBuf> {
        self.take::<PathBuf>(name).map(|path| self.root.join(path))
    }

    /// A path that must be there.
    pub(super) fn need_path(&mut self, name: &'static str) -> PathBuf {
        let path: PathBuf = self.need(name);
        self.root.join(path)
    }

    /// Everything that was not taken yet, for a connector whose configuration has a form of its own.
    pub(super) fn rest(&mut self) -> toml::Table {
        let settings = std::mem::take(&mut self.settings);
        settings.into_iter().map(|(name, value)| (name.into_inner(), value.into_inner())).collect()
    }

    pub(super) fn missing(&mut self, name: &str) {
        let title = format!("a `{}` {} needs `{name}`", self.kind, self.role);
        self.problems.push(Problem { title, span: self.kind_span.clone(), help: None });
    }

    /// The section as a whole does not fit.
    pub(super) fn refuse(&mut self, title: &str, help: &str) {
        let span = self.kind_span.clone();
        self.problems.push(Problem { title: title.to_owned(), span, help: Some(help.to_owned()) });
    }

    pub(super) fn unknown_kind(mut self, kinds: &[&str]) -> Vec<Problem> {
        if self.problems.is_empty() {
            let title = format!("`{}` is no kind of {}", self.kind, self.role);
            let help = Some(format!("expected one of: {}", kinds.join(", ")));
            self.problems.push(Problem { title, span: self.kind_span, help });
        }
        self.problems
    }

    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Vec<Problem>> {
        for (name, _) in &self.settings {
            let title = format!("`{}` is no setting of a `{}` {}", name.get_ref(), self.kind, self.role);
            let near = nearest(name.get_ref(), &self.asked);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("expected one of: {}", self.asked.join(", ")),
            };
            self.problems.push(Problem { title, span: name.span(), help: Some(help) });
        }
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }
}

fn remove(settings: &mut Vec<(Spanned<String>, Spanned<Value>)>, name: &str) -> Option<Spanned<Value>> {
    let at = settings.iter().position(|(known, _)| known.get_ref() == name)?;
    Some(settings.remove(at).1)
}

fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let likeness = |k: &&'static str| strsim::jaro_winkler(name, k);
    let best = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&best) > 0.8).then_some(best)
}

const KIND: &str = "kind";
