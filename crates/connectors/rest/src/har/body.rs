use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::redact::Redactor;

/// A body as it is recorded.
pub(super) struct Recorded {
    pub(super) mime: String,
    pub(super) text: Option<String>,
    /// Why there is no text.
    pub(super) comment: Option<String>,
}

/// Reads a body as its type says; only what can be read can be freed of secrets, so nothing else is kept.
pub(super) fn record(redactor: &mut Redactor, headers: &HeaderMap, body: &[u8], most: usize) -> Recorded {
    let mime = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let without = |why: String| Recorded { mime: mime.clone(), text: None, comment: Some(why) };
    if body.is_empty() {
        return Recorded { mime, text: None, comment: None };
    }
    if body.len() > most {
        return without(format!("{} bytes, of which at most {most} are recorded", body.len()));
    }
    let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let text = if essence == "application/x-www-form-urlencoded" {
        let pairs = redactor.pairs(url::form_urlencoded::parse(body).into_owned());
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs.iter().map(|pair| (&pair.name, &pair.value)));
        form.finish()
    } else {
        // Some systems answer JSON under another name.
        match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                redactor.json(&mut value);
                value.to_string()
            }
            Err(_) => return without(format!("{} bytes that are neither JSON nor a form", body.len())),
        }
    };
    Recorded { mime, text: Some(text), comment: None }
}
