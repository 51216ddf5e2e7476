//! What should be held against what is held, in memory: the engine's comparison next to joins written by hand over the same rows.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::time::Instant;

use hashbrown::DefaultHashBuilder;
use tenure_engine::reconcile::{Holdings, Interned, compare};

pub(crate) const EACH: usize = 5;
pub(crate) const ENTITLEMENTS: u64 = 5_000;
const PART: usize = 1_000;
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// An account and what it holds, interned.
pub(crate) struct Row {
    pub(crate) number: u64,
    pub(crate) id: String,
    holds: [u32; EACH + 1],
    len: usize,
}

impl Row {
    pub(crate) fn new(at: usize) -> Self {
        Self::numbered(2 * at as u64 + 1)
    }

    fn numbered(number: u64) -> Self {
        let mut state = number.wrapping_mul(SPREAD);
        let mut holds = BTreeSet::new();
        while holds.len() < EACH {
            state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB).wrapping_add(1);
            holds.insert(1 + (state >> 33) as u32 % ENTITLEMENTS as u32);
        }
        let mut held = [0; EACH + 1];
        holds.into_iter().zip(&mut held).for_each(|(from, to)| *to = from);
        Self { number, id: format!("account-{number:012}@example.com"), holds: held, len: EACH }
    }

    pub(crate) fn holds(&self) -> &[u32] {
        &self.holds[..self.len]
    }
}

/// The same without the text of its id, for a join that reads nothing else.
struct Lean {
    number: u64,
    holds: [u32; EACH + 1],
    len: u8,
}

impl Lean {
    fn all(rows: &[Row]) -> Vec<Self> {
        let lean = |row: &Row| Self { number: row.number, holds: row.holds, len: row.len as u8 };
        rows.iter().map(lean).collect()
    }

    fn holds(&self) -> &[u32] {
        &self.holds[..usize::from(self.len)]
    }
}

/// What is there: the same, or with one account in a hundred missing, one that is nobody's beside one in a hundred, three in a hundred
/// with one entitlement that is another, and one in a hundred with one more.
fn found(accounts: usize, drifted: bool) -> Vec<Row> {
    let mut rows = Vec::with_capacity(accounts);
    for at in 0..accounts {
        let mut row = Row::new(at);
        match (at as u64).wrapping_mul(SPREAD) >> 32 {
            spread if !drifted || spread % 100 > 5 => {}
            spread => match spread % 100 {
                0 => continue,
                1 => rows.push(Row::numbered(row.number - 1)),
                2..=4 => row.holds[EACH - 1] = ENTITLEMENTS as u32 + 1,
                _ => (row.holds[EACH], row.len) = (ENTITLEMENTS as u32 + 2, EACH + 1),
            },
        }
        rows.push(row);
    }
    rows
}

#[derive(Debug, Default, PartialEq)]
struct Drift {
    missing_accounts: usize,
    extra_accounts: usize,
    missing: usize,
    extra: usize,
}

impl Drift {
    fn note(&mut self, desired: &[u32], held: &[u32]) {
        if desired == held {
            return;
        }
        let (mut here, mut there) = (0, 0);
        while here < desired.len() && there < held.len() {
            match desired[here].cmp(&held[there]) {
                std::cmp::Ordering::Less => (self.missing, here) = (self.missing + 1, here + 1),
                std::cmp::Ordering::Greater => (self.extra, there) = (self.extra + 1, there + 1),
                std::cmp::Ordering::Equal => (here, there) = (here + 1, there + 1),
            }
        }
        self.missing += desired.len() - here;
        self.extra += held.len() - there;
    }

    fn is_missing(&mut self, holds: &[u32]) {
        self.missing_accounts += 1;
        self.missing += holds.len();
    }

    fn is_extra(&mut self, holds: &[u32]) {
        self.extra_accounts += 1;
        self.extra += holds.len();
    }
}

pub(crate) fn in_memory(accounts: usize) {
    let desired: Vec<Row> = (0..accounts).map(Row::new).collect();
    for (what, drifted) in [("nothing drifted", false), ("6 in 100 drifted", true)] {
        let held = found(accounts, drifted);
        // As a target lists them: in no order.
        let mut shuffled: Vec<&Row> = held.iter().collect();
        shuffled.sort_by_key(|row| row.number.wrapping_mul(SPREAD));
        let (lean, lean_held) = (Lean::all(&desired), Lean::all(&held));
        let expected = merge(&lean, &lean_held);
        println!("{what}: {expected:?}");
        let time = |name: &str, join: &dyn Fn() -> Drift| {
            let samples = (0..5).map(|_| {
                let start = Instant::now();
                assert_eq!(black_box(join()), expected);
                start.elapsed().as_secs_f64() * 1e9 / accounts as f64
            });
            let mut samples: Vec<f64> = samples.collect();
            samples.sort_by(f64::total_cmp);
            println!("  {name}: {:.1} ns an account, at best {:.1} ns", samples[2], samples[0]);
        };
        time("hash join on string ids, by hand", &|| hash::<RandomState>(&desired, &shuffled));
        time("the same with the hash that hashbrown takes", &|| {
            hash::<DefaultHashBuilder>(&desired, &shuffled)
        });
        time("the engine's comparison, from string ids", &|| from_strings(&desired, &shuffled));
        time("merge join of sorted and interned rows, by hand", &|| merge(&lean, &lean_held));
        let (here, there) = (holdings(&desired), holdings(&held));
        time("the engine's comparison, sorted and interned", &|| drift(&here, &there));
    }
}

fn hash<H: BuildHasher + Default>(desired: &[Row], held: &[&Row]) -> Drift {
    let places = desired.iter().enumerate().map(|(at, row)| (row.id.as_str(), at));
    let index: HashMap<&str, usize, H> = places.collect();
    let (mut drift, mut seen) = (Drift::default(), vec![false; desired.len()]);
    for row in held {
        match index.get(row.id.as_str()) {
            Some(at) => {
                seen[*at] = true;
                drift.note(desired[*at].holds(), row.holds());
            }
            None => drift.is_extra(row.holds()),
        }
    }
    let missing = desired.iter().zip(seen).filter(|(_, seen)| !seen);
    missing.for_each(|(row, _)| drift.is_missing(row.holds()));
    drift
}

fn merge(desired: &[Lean], held: &[Lean]) -> Drift {
    let (mut drift, mut here, mut there) = (Drift::default(), 0, 0);
    while here < desired.len() || there < held.len() {
        let (wanted, found) = (desired.get(here), held.get(there));
        match (wanted, found) {
            (Some(wanted), Some(found)) if wanted.number == found.number => {
                drift.note(wanted.holds(), found.holds());
                (here, there) = (here + 1, there + 1);
            }
            (Some(wanted), found) if found.is_none_or(|found| wanted.number < found.number) => {
                drift.is_missing(wanted.holds());
                here += 1;
            }
            (_, Some(found)) => {
                drift.is_extra(found.holds());
                there += 1;
            }
            _ => break,
        }
    }
    drift
}

fn holdings(rows: &[Row]) -> Holdings {
    let mut holdings = Holdings::with_capacity(rows.len(), rows.len() * EACH);
    rows.iter().for_each(|row| holdings.push(row.number, row.holds().iter().copied()));
    holdings
}

fn from_strings(desired: &[Row], held: &[&Row]) -> Drift {
    let bytes = desired.iter().map(|row| row.id.len()).sum();
    let mut names = Interned::with_capacity(desired.len(), bytes);
    let mut there = Holdings::with_capacity(held.len(), held.len() * EACH);
    let mut here = Holdings::with_capacity(desired.len(), desired.len() * EACH);
    let mut number = |rows: &[&Row], holdings: &mut Holdings| {
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut numbers = Vec::new();
        names.numbers(&ids, &mut numbers);
        for (row, number) in rows.iter().zip(numbers) {
            holdings.push(number.into(), row.holds().iter().copied());
        }
    };
    // In parts, as pages come.
    let desired: Vec<&Row> = desired.iter().collect();
    desired.chunks(PART).for_each(|rows| number(rows, &mut here));
    held.chunks(PART).for_each(|rows| number(rows, &mut there));
    drift(&here, &there)
}

fn drift(desired: &Holdings, held: &Holdings) -> Drift {
    let mut drift = Drift::default();
    compare(desired, held, |found| {
        drift.missing_accounts += usize::from(found.held.is_none());
        drift.extra_accounts += usize::from(found.desired.is_none());
        drift.missing += found.missing().count();
        drift.extra += found.extra().count();
    });
    drift
}
