use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::Value;
use url::Url;

use super::entry::Pair;
use super::names::{is_secret, is_secret_header, is_secret_parameter};

/// What stands in place of a secret.
pub(super) const MASK: &str = "***";

/// Masks secrets by the names they stand under, and then wherever the same text stands again.
#[derive(Default)]
pub(super) struct Redactor {
    seen: BTreeSet<String>,
}

/// A shorter text would be found inside ordinary words.
const SHORTEST: usize = 6;
const MOST_SEEN: usize = 1_024;

impl Redactor {
    /// Remembers a secret, to mask it wherever else it stands, also as it is written in JSON and in addresses.
    fn learn(&mut self, secret: &str) {
        if secret.len() < SHORTEST || self.seen.len() >= MOST_SEEN {
            return;
        }
        let in_json = Value::from(secret).to_string();
        let in_json = in_json.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
        self.seen.insert(in_json.to_owned());
        self.seen.insert(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
        self.seen.insert(secret.to_owned());
    }

    /// Remembers credentials, which stand behind a word in a header and alone in a body.
    fn learn_credentials(&mut self, text: &str) {
        self.learn(text);
        self.learn(text.split_once(' ').map(|(_, rest)| rest).unwrap_or_default());
    }

    /// Remembers the parts of a secret header that can stand elsewhere alone.
    fn learn_header(&mut self, name: &str, text: &str) {
        self.learn_credentials(text);
        let decoded = text.strip_prefix("Basic ").and_then(|pair| STANDARD.decode(pair).ok());
        let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
            self.learn(password);
        }
        let cookies = match name {
            "cookie" => usize::MAX,
            "set-cookie" => 1,
            _ => 0,
        };
        for (_, value) in text.split(';').take(cookies).filter_map(|cookie| cookie.split_once('=')) {
            self.learn(value.trim());
        }
    }

    pub(super) fn headers(&mut self, headers: &HeaderMap) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for (name, value) in headers {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let masked = if value.is_sensitive() || is_secret_header(name.as_str()) {
                self.learn_header(name.as_str(), &text);
                MASK.to_owned()
            } else {
                self.text(&text)
            };
            pairs.push(Pair { name: name.as_str().to_owned(), value: masked });
        }
        pairs
    }

    /// An address without credentials, a fragment, or secret parameters.
    pub(super) fn url(&mut self, url: &Url) -> Url {
        let mut clean = url.clone();
        self.learn(url.username());
        self.learn(url.password().unwrap_or_default());
        let has_credentials = url.password().is_some() || !url.username().is_empty();
        if has_credentials && clean.set_username("").and_then(|()| clean.set_password(None)).is_err() {
            // Only an address without a host refuses, and that one has no credentials either.
            clean.set_query(None);
        }
        clean.set_fragment(None);
        if url.query().is_some() {
            let pairs = self.pairs(url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())));
            clean.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|pair| (&pair.name, &pair.value)));
        }
        clean
    }

    pub(super) fn pairs(&mut self, pairs: impl Iterator<Item = (String, String)>) -> Vec<Pair> {
        let masked = pairs.map(|(name, value)| {
            let value = if is_secret_parameter(&name) {
                self.learn(&value);
                MASK.to_owned()
            } else {
                self.text(&value)
            };
            Pair { name, value }
        });
        masked.collect()
    }

    /// A JSON value whose secret members are masked, at any depth.
    pub(super) fn json(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                // A PATCH and a list of settings name in one member what stands in the other.
                let named = ["path", "name", "key", "type", "attribute"].iter().any(|naming| {
                    let text = members.get(*naming).and_then(Value::as_str);
                    text.is_some_and(is_secret)
                });
                for (name, member) in members {
                    let is_its_value = named && matches!(name.as_str(), "value" | "values" | "default");
                    if is_its_value || is_secret(name) {
                        self.mask(member);
                    } else {
                        self.json(member);
                    }
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.json(element)),
            Value::String(text) => *text = self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Masks what stands in a value; its form stays, so that a recording can be checked against a description.
    fn mask(&mut self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => return,
            Value::String(text) => self.learn(text),
            Value::Object(members) => return members.values_mut().for_each(|member| self.mask(member)),
            Value::Array(elements) => return elements.iter_mut().for_each(|element| self.mask(element)),
            Value::Number(_) => {}
        }
        *value = MASK.into();
    }

    /// A text that may itself be an address, a credential or JSON.
    pub(super) fn text(&mut self, text: &str) -> String {
        let trimmed = text.trim();
        let first_word = trimmed.split(' ').next().unwrap_or_default().to_ascii_lowercase();
        let credentials = trimmed.contains(' ') && ["bearer", "basic", "ssws"].contains(&first_word.as_str());
        if credentials || is_jwt(trimmed) {
            self.learn_credentials(trimmed);
            return MASK.to_owned();
        }
        let inner = trimmed.starts_with(['{', '[']).then(|| serde_json::from_str::<Value>(trimmed));
        if let Some(Ok(mut inner)) = inner {
            self.json(&mut inner);
            return inner.to_string();
        }
        text.split_inclusive(separates).map(|word| self.word(word)).collect()
    }

    /// A word with what separates it from the next one.
    fn word(&mut self, word: &str) -> String {
        let bare = word.trim_end_matches(separates);
        if is_jwt(bare) {
            self.learn(bare);
            return word.replace(bare, MASK);
        }
        let start = ["https://", "http://"].iter().filter_map(|scheme| bare.find(scheme)).min();
        let address = start.and_then(|start| bare.get(start..));
        match address.and_then(|address| Some((address, Url::parse(address).ok()?))) {
            Some((address, url))
                if url.query().is_some() || !url.username().is_empty() || url.password().is_some() =>
            {
                word.replace(address, self.url(&url).as_str())
            }
            _ => word.to_owned(),
        }
    }

    /// Masks every secret that was seen so far, in a text that is otherwise ready.
    pub(super) fn sweep(&self, text: &mut String) {
        for secret in &self.seen {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), MASK);
            }
        }
    }
}

fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '"')
}

/// Three parts in base64, of which the first is a JSON object.
fn is_jwt(text: &str) -> bool {
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    text.starts_with("eyJ") && text.matches('.').count() >= 2 && text.chars().all(base64)
}
