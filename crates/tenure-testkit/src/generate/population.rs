use chrono::{Days, NaiveDate};
use tenure_connector::record::WorkerRecord;

use super::names::{DEPARTMENTS, FAMILY, GIVEN, PLACES};
use crate::Random;

/// Makes this many people as a source of workers states them on one day: one in eight a contractor with an end, the
/// first of each department its head, everybody with a manager but the very first.
///
/// # Examples
///
/// ```
/// use tenure_testkit::generate::population;
///
/// let today = "2026-03-01".parse()?;
/// let people = population(7, 500, today);
/// assert_eq!(people.len(), 500);
/// assert_eq!(people, population(7, 500, today));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[must_use]
pub fn population(seed: u64, count: usize, today: NaiveDate) -> Vec<WorkerRecord> {
    let mut random = Random::new(seed);
    (0..count).map(|number| person(&mut random, number, today)).collect()
}

pub(super) fn person(random: &mut Random, number: usize, today: NaiveDate) -> WorkerRecord {
    let pick = |random: &mut Random, words: &[&'static str]| random.pick(words).copied().unwrap_or_default();
    let started = today.checked_sub_days(Days::new(random.below(3_000))).unwrap_or(today);
    let (worker, engagement) = (format!("W{number:05}"), format!("E{number:05}"));
    let (given, family) = (pick(random, GIVEN), pick(random, FAMILY));
    let contractor = random.percent(12);
    let kind = if contractor { "Contractor" } else { "Employee" };
    let mut record = WorkerRecord::new(&worker, &engagement, kind, given, family, started);
    let heads = DEPARTMENTS.len();
    if let Some((department, titles)) = DEPARTMENTS.get(number % heads) {
        record.department = Some((*department).to_owned());
        let title = if number < heads { titles.last().copied() } else { random.pick(titles).copied() };
        record.title = title.map(str::to_owned);
    }
    if let Some((place, country, zone)) = random.pick(PLACES) {
        record.location = Some((*place).to_owned());
        record.country = Some((*country).to_owned());
        record.time_zone = Some((*zone).to_owned());
    }
    record.manager_id =
        (number > 0).then(|| format!("W{:05}", if number < heads { 0 } else { number % heads }));
    if contractor {
        record.end_date = today.checked_add_days(Days::new(random.below(400)));
    }
    record
}
