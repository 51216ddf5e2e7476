//! Did-you-mean.

/// The candidate that is nearest to a misspelt word, as advice; none when nothing is near.
pub(crate) fn did_you_mean<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = found.to_lowercase();
    let far = (found.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&candidate.to_lowercase(), &lower), candidate))
        .min()
        .filter(|(distance, _)| *distance <= far)
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Names in backticks, parted by commas; a long list is cut.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let mut out = names.iter().take(LONG).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > LONG {
        out.push_str(&format!(" and {} more", names.len() - LONG));
    }
    out
}

const LONG: usize = 24;
