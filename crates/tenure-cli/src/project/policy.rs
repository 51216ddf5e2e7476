use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tenure_policy::{Format, Policy, PolicyDocument, PolicyError, PolicyErrors};

use crate::failure::Failure;
use crate::present::{Diagnostic, Place};

/// Reads and compiles a policy with everything it includes; names inside it are relative to its folder.
///
/// # Errors
/// Everything that is wrong with the texts, each with its place.
pub fn read_policy(path: &Path) -> Result<Policy, Vec<Diagnostic>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut texts = BTreeMap::new();
    let mut open = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).map_err(|e| e.to_string())?;
        texts.insert(name.to_owned(), text.clone());
        Ok((Format::of(name), text))
    };
    let document = PolicyDocument::load(&name, &mut open);
    let policy = document.and_then(Policy::compile);
    policy.map_err(|errors| diagnostics(&errors, folder, &texts))
}

/// The texts of all files that a policy consists of, by name, as far as they can be read.
#[must_use]
pub fn policy_texts(path: &Path) -> BTreeMap<String, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut texts = BTreeMap::new();
    let mut open = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).map_err(|e| e.to_string())?;
        texts.insert(name.to_owned(), text.clone());
        Ok((Format::of(name), text))
    };
    // What is wrong with them is told when they are taken over.
    PolicyDocument::load(&name, &mut open).ok();
    texts
}

/// Everything that is wrong with a text beside the policy.
#[must_use]
pub fn unreadable(errors: &PolicyErrors, path: &Path, name: &str, text: &str) -> Failure {
    let folder = path.parent().unwrap_or(Path::new(""));
    Failure::Input(diagnostics(errors, folder, &BTreeMap::from([(name.to_owned(), text.to_owned())])))
}

fn diagnostics(errors: &PolicyErrors, folder: &Path, texts: &BTreeMap<String, String>) -> Vec<Diagnostic> {
    errors.iter().map(|error| diagnostic(error, folder, texts)).collect()
}

fn diagnostic(error: &PolicyError, folder: &Path, texts: &BTreeMap<String, String>) -> Diagnostic {
    let file = error.file().unwrap_or_default();
    let place = match (texts.get(file), error.line(), error.column()) {
        (Some(text), Some(line), Some(column)) => {
            Some(Place::at(text.as_str(), line as usize, column as usize))
        }
        _ => None,
    };
    let title = match (&place, error.path()) {
        (None, path) if !path.is_empty() => format!("{path}: {}", error.message()),
        _ => error.message().to_owned(),
    };
    Diagnostic {
        title,
        path: folder.join(file).display().to_string(),
        place,
        help: error.help().map(String::from),
    }
}
