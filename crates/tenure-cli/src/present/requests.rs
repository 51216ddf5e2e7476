use std::fmt::Write as _;

use tenure_governance::{Difference, Request, RequestState, StageState};

use super::{Cell, Paint, Table, Tone, short_hash};

/// Requests, one line each.
pub fn requests(requests: &[Request], paint: Paint) -> String {
    if requests.is_empty() {
        return format!("{} no request is open\n", paint.text(Tone::Good, "✓"));
    }
    let mut table = Table::new(paint, ["request", "for", "what", "until", "state", "decided by", "why"]);
    for request in requests {
        let asked = &request.asked;
        let until = asked.until.map(|until| until.format("%-d %b %Y").to_string());
        table.row([
            Cell::new(Tone::Strong, &request.id),
            Cell::from(asked.subject.to_string()),
            Cell::from(request.what()),
            Cell::new(Tone::Faint, until.unwrap_or_default()),
            Cell::new(tone(&request.state), state(request)),
            Cell::from(request.approved_by()),
            Cell::from(asked.reason.clone()),
        ]);
    }
    table.to_string()
}

/// One request with what it would change and how its stages stand.
pub fn request(request: &Request, paint: Paint) -> String {
    let asked = &request.asked;
    let mut text = format!(
        "{} {} asks for {} for {}: {}\n",
        paint.text(Tone::Strong, &request.id),
        asked.by,
        request.what(),
        asked.subject,
        paint.text(tone(&request.state), state(request)),
    );
    text.push_str(&difference(&request.difference, paint));
    for stage in &request.stages {
        let sign = match stage.state {
            StageState::Approved => paint.text(Tone::Good, "✓"),
            StageState::Denied => paint.text(Tone::Bad, "✗"),
            StageState::Open => paint.text(Tone::Task, "?"),
            StageState::Waiting => paint.text(Tone::Faint, "·"),
        };
        let votes: Vec<String> = stage
            .votes
            .iter()
            .map(|vote| format!("{}{}", vote.by, if vote.approve { "" } else { " (no)" }))
            .collect();
        let missing = usize::from(stage.rule.quorum).saturating_sub(votes.len());
        let more = match (stage.state, missing) {
            (StageState::Open, 1..) => format!(" {missing} to go"),
            _ => String::new(),
        };
        let _ = writeln!(text, "  {sign} {} {}{more}", stage.rule.id, votes.join(", "));
    }
    if request.stage().is_some() {
        let seen = short_hash(&request.hash);
        let _ = writeln!(text, "approve with `tenure approve {} --by WHO --seen {seen}`", request.id);
    }
    text
}

/// What a request would change.
pub fn difference(difference: &Difference, paint: Paint) -> String {
    let mut text = String::new();
    for (key, gain) in &difference.gains {
        let until = gain.until.map(|until| format!(" until {}", until.format("%-d %b %Y")));
        let longer = if gain.extends { " (longer)" } else { "" };
        let plus = paint.text(Tone::Good, "+");
        let _ = writeln!(text, "  {plus} {key}{}{longer}", until.unwrap_or_default());
    }
    for target in &difference.accounts {
        let _ = writeln!(text, "  {} an account in {target}", paint.text(Tone::Good, "+"));
    }
    for key in &difference.losses {
        let _ = writeln!(text, "  {} {key}", paint.text(Tone::Bad, "-"));
    }
    for violation in &difference.violations {
        let _ = writeln!(text, "  {} {violation}", paint.text(Tone::Warn, "!"));
    }
    if !difference.yearly.is_empty() {
        let _ = writeln!(text, "  costs {} a year", difference.yearly);
    }
    text
}

fn state(request: &Request) -> String {
    match (&request.state, request.stage(), request.fulfilled) {
        (RequestState::Pending, Some(stage), _) => format!("waits for {}", stage.rule.id),
        (RequestState::Granted, _, Some(_)) => "held".to_owned(),
        (RequestState::Granted, _, None) => "granted; the next apply carries it out".to_owned(),
        (RequestState::Denied { by, reason }, ..) => format!("denied by {by}: {reason}"),
        (state, ..) => state.as_str().to_owned(),
    }
}

fn tone(state: &RequestState) -> Tone {
    match state {
        RequestState::Pending | RequestState::Approved => Tone::Task,
        RequestState::Granted => Tone::Good,
        RequestState::Denied { .. } | RequestState::Failed { .. } => Tone::Bad,
        _ => Tone::Faint,
    }
}
