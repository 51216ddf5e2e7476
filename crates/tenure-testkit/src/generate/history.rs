use chrono::{Days, NaiveDate};
use tenure_connector::record::{LeaveRecord, WorkerRecord, WorkerStatus};

use super::names::{DEPARTMENTS, FAMILY};
use super::population::{person, population};
use crate::Random;

/// What happened to one person on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryEvent {
    /// A new person was entered, to start some days later; sometimes some days ago.
    Hired(String),
    /// A hire was called off before the start.
    Rescinded(String),
    /// A person changed department, title and manager.
    Moved(String),
    /// A person got another family name.
    Renamed(String),
    /// A leave was entered.
    WentOnLeave(String),
    /// An end was entered, today or in some weeks.
    Resigned(String),
    /// A contract was prolonged.
    Prolonged(String),
    /// A person who had left got a new engagement.
    Rehired(String),
}

/// A company over time: each day brings some events, and the source states everybody it still knows.
///
/// # Examples
///
/// ```
/// use tenure_testkit::generate::History;
///
/// let mut history = History::new(7, 200, "2026-01-01".parse()?);
/// let events = (0..30).flat_map(|_| history.next_day()).count();
/// assert!(events > 0);
/// assert_eq!(history.today().to_string(), "2026-01-31");
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    random: Random,
    today: NaiveDate,
    workers: Vec<WorkerRecord>,
    engagements: usize,
}

impl History {
    /// Starts with a population.
    #[must_use]
    pub fn new(seed: u64, count: usize, today: NaiveDate) -> Self {
        let workers = population(seed, count, today);
        Self { random: Random::new(seed ^ 0x5EED), today, engagements: workers.len(), workers }
    }

    /// The day that the source speaks of.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// Everybody the source states today, as a complete export; ended engagements stay in it.
    #[must_use]
    pub fn export(&self) -> &[WorkerRecord] {
        &self.workers
    }

    /// Lets a day pass and says what happened.
    pub fn next_day(&mut self) -> Vec<HistoryEvent> {
        self.today = self.in_days(1);
        let count = 1 + self.random.below(3);
        (0..count).filter_map(|_| self.event()).collect()
    }

    fn event(&mut self) -> Option<HistoryEvent> {
        if self.workers.is_empty() || self.random.percent(25) {
            return Some(self.hire());
        }
        let at = usize::try_from(self.random.below(self.workers.len() as u64)).ok()?;
        let kind = self.random.below(7);
        let distance = self.random.below(40);
        let soon = self.in_days(distance);
        let (today, length) = (self.today, self.random.below(90));
        let department = self.random.pick(DEPARTMENTS).copied();
        let family = self.random.pick(FAMILY).copied();
        let worker = self.workers.get_mut(at)?;
        let id = worker.worker_id.clone();
        let ended = worker.end_date.is_some_and(|end| end < today) || worker.status != WorkerStatus::Active;
        match kind {
            _ if ended => self.rehire(at),
            0 if worker.start_date > today => {
                worker.status = WorkerStatus::Rescinded;
                Some(HistoryEvent::Rescinded(id))
            }
            0 | 1 => {
                let (department, titles) = department?;
                worker.department = Some(department.to_owned());
                worker.title = titles.first().map(|title| (*title).to_owned());
                Some(HistoryEvent::Moved(id))
            }
            2 => {
                worker.family_name = family?.to_owned();
                Some(HistoryEvent::Renamed(id))
            }
            3 => {
                let until = soon.checked_add_days(Days::new(length));
                worker.leaves.push(LeaveRecord { kind: "Parental".to_owned(), from: soon, until });
                Some(HistoryEvent::WentOnLeave(id))
            }
            4 if worker.end_date.is_some() => {
                worker.end_date = worker.end_date.and_then(|end| end.checked_add_days(Days::new(90)));
                Some(HistoryEvent::Prolonged(id))
            }
            _ => {
                worker.end_date = Some(soon.max(worker.start_date));
                Some(HistoryEvent::Resigned(id))
            }
        }
    }

    fn hire(&mut self) -> HistoryEvent {
        let number = self.engagements;
        self.engagements += 1;
        let mut worker = person(&mut self.random, number, self.today);
        let late = self.random.percent(10);
        let distance = Days::new(self.random.below(30));
        let start =
            if late { self.today.checked_sub_days(distance) } else { self.today.checked_add_days(distance) };
        worker.start_date = start.unwrap_or(self.today);
        worker.end_date = worker.end_date.map(|end| end.max(worker.start_date));
        let id = worker.worker_id.clone();
        self.workers.push(worker);
        HistoryEvent::Hired(id)
    }

    fn rehire(&mut self, at: usize) -> Option<HistoryEvent> {
        let mut again = self.workers.get(at)?.clone();
        let id = again.worker_id.clone();
        let present = |worker: &WorkerRecord| {
            worker.worker_id == id
                && worker.status == WorkerStatus::Active
                && worker.end_date.is_none_or(|end| end >= self.today)
        };
        if self.workers.iter().any(present) {
            return None;
        }
        again.engagement_id = format!("E{:05}", self.engagements);
        self.engagements += 1;
        again.start_date = self.in_days(7);
        again.end_date = None;
        again.leaves.clear();
        again.status = WorkerStatus::Active;
        self.workers.push(again);
        Some(HistoryEvent::Rehired(id))
    }

    fn in_days(&self, days: u64) -> NaiveDate {
        self.today.checked_add_days(Days::new(days)).unwrap_or(self.today)
    }
}
