//! Text into a policy document, with every error at once.

use serde::de::DeserializeOwned;

use super::de::NodeDe;
use super::merge::{duplicates, merge};
use super::node::{Data, Node, Source, show};
use crate::document::PolicyDocument;
use crate::error::{Follows, PolicyError, PolicyErrors};

/// The formats of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON.
    Json,
    /// YAML; needs the feature `yaml`.
    Yaml,
    /// TOML; needs the feature `toml`.
    Toml,
}

impl Format {
    /// The format by a file name's ending; JSON where the ending is not known.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let ending = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        match ending.as_str() {
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            _ => Self::Json,
        }
    }
}

/// What opening a text gives: its format and content, or why it could not be opened.
pub type Opened = Result<(Format, String), String>;

impl PolicyDocument {
    /// Reads a JSON document. `name` is shown in errors.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text: its syntax, unknown and missing keys, values of a wrong kind.
    pub fn from_json(name: &str, text: &str) -> Result<Self, PolicyErrors> {
        Self::load(name, &mut |_| Ok((Format::Json, text.to_owned())))
    }

    /// Reads a YAML document.
    ///
    /// # Errors
    ///
    /// As [`PolicyDocument::from_json`].
    #[cfg(feature = "yaml")]
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, PolicyErrors> {
        Self::load(name, &mut |_| Ok((Format::Yaml, text.to_owned())))
    }

    /// Reads a TOML document.
    ///
    /// # Errors
    ///
    /// As [`PolicyDocument::from_json`].
    #[cfg(feature = "toml")]
    pub fn from_toml(name: &str, text: &str) -> Result<Self, PolicyErrors> {
        Self::load(name, &mut |_| Ok((Format::Toml, text.to_owned())))
    }

    /// Reads a document, the documents it includes, and the CSV texts of its tables, all through a function of the caller's:
    /// this crate opens no file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of the texts; also when the function fails, or documents include each other in a circle.
    pub fn load(name: &str, open: &mut dyn FnMut(&str) -> Opened) -> Result<Self, PolicyErrors> {
        let mut reader = Reader { files: Vec::new(), errors: Vec::new(), open };
        let root = reader.read(name, None);
        let Reader { files, mut errors, open } = reader;
        let Some(mut root) = root else {
            PolicyErrors::check(errors)?;
            return Ok(Self::default());
        };
        let incomplete = !errors.is_empty();
        duplicates(&mut root, &files, &mut errors);
        let mut document = typed(root, &files, &mut errors).map(|(mut document, root): (Self, Node)| {
            document.source = Source::new(files, root);
            document
        });
        if let Some(document) = &mut document {
            for (index, table) in document.tables.iter_mut().enumerate() {
                crate::read::table::fill(table, index, &document.source, open, &mut errors);
            }
        }
        if let (Some(document), false) = (&document, errors.is_empty()) {
            // What could be read is compiled too, so that its errors are shown in the same go.
            let known: Vec<PolicyError> = errors.clone();
            let found = crate::compile::errors_of(document);
            errors.extend(found.into_iter().filter(|error| !follows(error, document, &known, incomplete)));
        }
        PolicyErrors::check(errors)?;
        Ok(document.unwrap_or_default())
    }
}

/// True when an error would not be there but for an earlier one. `incomplete`: a document that is included could not be read.
fn follows(error: &PolicyError, document: &PolicyDocument, known: &[PolicyError], incomplete: bool) -> bool {
    let lost = |part: &str, name: &str, none: bool| {
        incomplete || document.source.lost(&[part], name) || (none && document.source.lost_any())
    };
    match error.follows() {
        None => false,
        Some(Follows::Role(role)) => lost("roles", role, document.roles.is_empty()),
        Some(Follows::Target(target)) => lost("targets", target, document.targets.is_empty()),
        Some(Follows::Part) => {
            let whole = error.path().rsplit_once('.').filter(|_| !error.path().ends_with(']'));
            let whole = whole.map_or(error.path(), |(whole, _)| whole);
            known.iter().any(|other| other.path().starts_with(whole))
        }
    }
}

struct Reader<'a> {
    files: Vec<String>,
    errors: Vec<PolicyError>,
    open: &'a mut dyn FnMut(&str) -> Opened,
}

impl Reader<'_> {
    fn read(&mut self, name: &str, included_at: Option<(&str, u32, u32)>) -> Option<Node> {
        let place = |error: PolicyError| match included_at {
            Some((file, line, column)) => error.at(file, line, column),
            None => error.at(name, 0, 0),
        };
        if self.files.iter().any(|known| known == name) {
            self.errors.push(place(PolicyError::new(
                "include",
                format!("`{name}` is included twice: expected each document once"),
            )));
            return None;
        }
        let (format, text) = match (self.open)(name) {
            Ok(opened) => opened,
            Err(reason) => {
                self.errors
                    .push(place(PolicyError::new("include", format!("cannot read `{name}`: {reason}"))));
                return None;
            }
        };
        let file = u16::try_from(self.files.len()).unwrap_or(u16::MAX);
        self.files.push(name.to_owned());
        let mut root = match parse(format, file, name, &text) {
            Ok(root) => root,
            Err(error) => {
                self.errors.push(error);
                return None;
            }
        };
        if !matches!(root.data, Data::Map(..)) {
            self.errors.push(PolicyError::new("", "expected a map at the top of the document").at(
                name,
                root.pos.line,
                root.pos.column,
            ));
            return None;
        }
        let includes: Vec<_> = match root.get("include").map(|entry| &entry.value.data) {
            Some(Data::List(all)) => all
                .iter()
                .filter_map(|node| match &node.data {
                    Data::Text(text) => Some((text.clone(), node.pos)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        for (inner, pos) in includes {
            if let Some(more) = self.read(&inner, Some((name, pos.line, pos.column))) {
                merge(&mut root, more, &self.files, &mut self.errors);
            }
        }
        Some(root)
    }
}

pub(super) fn parse(format: Format, file: u16, name: &str, text: &str) -> Result<Node, PolicyError> {
    match format {
        Format::Json => super::json::read(file, name, text),
        #[cfg(feature = "yaml")]
        Format::Yaml => super::yaml::read(file, name, text),
        #[cfg(feature = "toml")]
        Format::Toml => super::toml::read(file, name, text),
        #[expect(unreachable_patterns, reason = "reached when a format's feature is off")]
        #[allow(unfulfilled_lint_expectations, reason = "reached when a format's feature is off")]
        other => {
            Err(PolicyError::new("", format!("cannot read {other:?}: this build has not the feature for it"))
                .at(name, 0, 0))
        }
    }
}

/// Deserializes the tree; after each error the part it is about is dropped and the rest is tried again.
pub(super) fn typed<T: DeserializeOwned>(
    mut root: Node,
    files: &[String],
    errors: &mut Vec<PolicyError>,
) -> Option<(T, Node)> {
    for _ in 0..MOST {
        let error = match T::deserialize(NodeDe(&root)) {
            Ok(document) => return Some((document, root)),
            Err(error) => error,
        };
        let path = error.path();
        let follows = error.missing.is_some_and(|field| root.lost(&path, field));
        if !follows {
            let found = PolicyError::new(show(&path), error.message.clone()).with_hint(error.help.clone());
            errors.push(Source::new(files.to_vec(), root.clone()).place(found, error.key));
        }
        if !root.drop_at(&path) {
            return None;
        }
    }
    None
}

/// After so many errors reading stops.
const MOST: usize = 200;
