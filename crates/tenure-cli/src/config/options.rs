use chrono::{NaiveTime, Weekday};
use serde::de::DeserializeOwned;
use tenure_engine::{TargetOptions, Window};
use tenure_policy::{TargetId, Zone};
use toml::{Spanned, Value};

use super::file::Section;
use super::section::Problem;

/// A window as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowText {
    #[serde(default)]
    days: Vec<Weekday>,
    from: NaiveTime,
    until: NaiveTime,
    zone: Zone,
}

/// Takes out of a target's section what holds for every kind of target: how fast and when it is written to, what has to
/// come before it, and when it is not believed.
pub(super) fn target_options(section: &mut Section) -> (TargetOptions, Vec<Problem>) {
    let mut options = TargetOptions::default();
    let mut taken = Taken { section, problems: Vec::new() };
    if let Some(at_once) = taken.take("at_once") {
        options = options.with_concurrency(at_once);
    }
    for window in taken.take::<Vec<WindowText>>("windows").unwrap_or_default() {
        let open = Window::daily(window.from, window.until, window.zone).on(window.days);
        options = options.with_window(open);
    }
    if taken.take("urgent_any_time").unwrap_or(false) {
        options = options.urgent_any_time();
    }
    for other in taken.take::<Vec<TargetId>>("after").unwrap_or_default() {
        options = options.after(other);
    }
    if let Some(failures) = taken.take("breaker") {
        options = options.with_breaker(failures);
    }
    let percent = taken.take("shrink_percent").unwrap_or(options.shrink_percent);
    let least = taken.take("shrink_least").unwrap_or(options.shrink_least);
    (options.with_shrink(percent, least), taken.problems)
}

struct Taken<'a> {
    section: &'a mut Section,
    problems: Vec<Problem>,
}

impl Taken<'_> {
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let settings = self.section.get_mut();
        let key = settings.keys().find(|known| known.get_ref() == name)?.clone();
        let setting: Spanned<Value> = settings.remove(&key)?;
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
}
