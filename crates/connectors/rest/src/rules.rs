use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;
use tenure_connector::ErrorKind;

/// Where a vendor puts its error code and message, and what its codes mean.
///
/// # Examples
///
/// ```
/// use tenure_connector::ErrorKind;
/// use tenure_connector_rest::ErrorRules;
///
/// // Slack answers 200 with `{"ok":false,"error":"…"}`.
/// let rules = ErrorRules::new()
///     .failed_when("/ok", false)
///     .code_at("/error")
///     .meaning("user_not_found", ErrorKind::NotFound)
///     .meaning("ratelimited", ErrorKind::RateLimited);
/// # drop(rules);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorRules {
    codes: Vec<String>,
    messages: Vec<String>,
    meanings: BTreeMap<String, ErrorKind>,
    sentences: Vec<(String, ErrorKind)>,
    failed_when: Option<(String, Value)>,
    blame: Option<(String, BTreeMap<String, String>)>,
    wait: Option<String>,
}

/// What an answer says about its failure.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    pub(crate) kind: Option<ErrorKind>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) attributes: Vec<String>,
    pub(crate) wait: Option<Duration>,
}

const LONGEST_MESSAGE: usize = 500;

impl ErrorRules {
    /// Starts without any: the HTTP status alone decides.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a place (a JSON pointer, RFC 6901) where the error code can be; the first that has one counts.
    #[must_use]
    pub fn code_at(mut self, pointer: &str) -> Self {
        self.codes.push(pointer.to_owned());
        self
    }

    /// Adds a place where the message can be.
    ///
    /// Only name a place whose sentences hold nothing secret; they go into errors and journals. The empty pointer is a body
    /// that is a sentence itself.
    #[must_use]
    pub fn message_at(mut self, pointer: &str) -> Self {
        self.messages.push(pointer.to_owned());
        self
    }

    /// Says what an error code means, whatever the status.
    #[must_use]
    pub fn meaning(mut self, code: &str, kind: ErrorKind) -> Self {
        self.meanings.insert(code.to_owned(), kind);
        self
    }

    /// Says what several error codes mean.
    #[must_use]
    pub fn meanings(self, meanings: &[(&str, ErrorKind)]) -> Self {
        meanings.iter().fold(self, |rules, (code, kind)| rules.meaning(code, *kind))
    }

    /// Says what a part of a message means, for vendors without codes. Compared without case.
    #[must_use]
    pub fn sentence(mut self, part: &str, kind: ErrorKind) -> Self {
        self.sentences.push((part.to_lowercase(), kind));
        self
    }

    /// Takes an answer with a status of success for a failure when this is at that place.
    #[must_use]
    pub fn failed_when(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        self.failed_when = Some((pointer.to_owned(), value.into()));
        self
    }

    /// Says where an object stands whose members are the fields that are to blame, and what attributes those are.
    #[must_use]
    pub fn blaming(mut self, pointer: &str, attributes: &[(&str, &str)]) -> Self {
        let names = attributes.iter().map(|(field, path)| ((*field).to_owned(), (*path).to_owned()));
        self.blame = Some((pointer.to_owned(), names.collect()));
        self
    }

    /// Says where the body of a refusal tells how many milliseconds to wait, for vendors without `Retry-After`.
    #[must_use]
    pub fn wait_ms_at(mut self, pointer: &str) -> Self {
        self.wait = Some(pointer.to_owned());
        self
    }

    pub(crate) fn fails_in_success(&self, body: &[u8]) -> bool {
        let Some((pointer, wanted)) = &self.failed_when else { return false };
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        body.pointer(pointer) == Some(wanted)
    }

    pub(crate) fn read(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        // A body that is no JSON is a sentence, at the place of the whole.
        let sentence = || std::str::from_utf8(body).map(Value::from).unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_else(|_| sentence());
        let text = |pointers: &[String]| {
            pointers.iter().find_map(|pointer| match body.pointer(pointer)? {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let code = text(&self.codes);
        let message = text(&self.messages).map(|message| {
            let clean = message.chars().map(|c| if c.is_control() { ' ' } else { c });
            clean.take(LONGEST_MESSAGE).collect::<String>()
        });
        let by_code = code.as_ref().and_then(|code| self.meanings.get(code)).copied();
        let sentence = || {
            let message = message.as_ref()?.to_lowercase();
            self.sentences.iter().find(|(part, _)| message.contains(part)).map(|(_, kind)| *kind)
        };
        // GitHub and others answer 403 when the calls of the window are used up.
        let used_up = || {
            let exhausted = crate::rate_signal(headers).is_some_and(|signal| signal.is_exhausted());
            (status == 403 && (exhausted || crate::retry_after(headers).is_some()))
                .then_some(ErrorKind::RateLimited)
        };
        let blamed = self.blame.iter().flat_map(|(pointer, names)| {
            let fields = body.pointer(pointer).and_then(Value::as_object);
            fields.into_iter().flat_map(|fields| fields.keys()).filter_map(|field| names.get(field).cloned())
        });
        let attributes = blamed.collect();
        let wait = self.wait.as_ref().and_then(|pointer| body.pointer(pointer)?.as_u64());
        let wait = crate::retry_after(headers).or(wait.map(Duration::from_millis));
        Failure { kind: by_code.or_else(sentence).or_else(used_up), code, message, attributes, wait }
    }
}
