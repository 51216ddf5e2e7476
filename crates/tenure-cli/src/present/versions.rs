use chrono::{DateTime, Utc};
use tenure_policy::Policy;

use super::{Paint, Tone, short_hash};

/// Which version of the policy holds, and which one comes next; nothing, where there is one that always holds.
pub fn versions(policies: &[Policy], now: DateTime<Utc>, paint: Paint) -> String {
    if policies.iter().all(|policy| policy.effective().is_none()) {
        return String::new();
    }
    let name = |policy: &Policy| paint.text(Tone::Faint, short_hash(policy.version().as_str()));
    let holds = match Policy::in_force(policies, now) {
        Some(policy) => format!("{} holds", name(policy)),
        None => "none holds yet".to_owned(),
    };
    let coming = policies.iter().filter(|policy| policy.effective().is_some_and(|from| from > now));
    let next = coming.min_by_key(|policy| policy.effective()).and_then(|policy| {
        let from = policy.document().effective?;
        Some(format!(", {} does from {}", name(policy), from.format("%-d %b %Y")))
    });
    format!("  policy   {holds}{}\n", next.unwrap_or_default())
}
