//! The conditions of all rules, taken apart by the value they test.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tenure_scim::precis::username_key;
use tenure_scim::{CompiledFilter, Filter, Resource, ResourceSchema};

use super::RuleSet;
use super::slot::{Found, Slot};
use crate::compile::{Compiled, CompiledRule, collect_paths, demanded};

/// Every tested value with its tests, and the rules that tests of single values do not decide.
#[derive(Debug)]
pub(crate) struct RuleTables {
    pub(super) tests: Vec<SlotTests>,
    /// URNs of the extensions that slots are in.
    pub(super) extensions: Vec<String>,
    /// Rules with a part that reads more than one value: their whole condition is tried when all else holds.
    pub(super) rest: RuleSet,
    /// Those, and the rules that hold for a time only.
    pub(super) careful: RuleSet,
    pub(super) all: RuleSet,
}

/// What rules ask of one value.
#[derive(Debug)]
pub(super) struct SlotTests {
    pub(super) slot: Slot,
    tests: Vec<Test>,
    /// Tests that can hold only for a text with this comparison key.
    by_key: FxHashMap<Box<str>, Vec<u32>>,
    /// Every other test.
    plain: Vec<u32>,
    /// Rules for which the tests in `by_key` do not matter.
    without: RuleSet,
}

#[derive(Debug)]
struct Test {
    filter: CompiledFilter,
    rules: Vec<u32>,
}

/// Tests by their text, with the rules that ask for them; true for those that are not checked against the schema.
type Asked = BTreeMap<(bool, String), (Filter, Vec<u32>)>;

impl RuleTables {
    pub(crate) fn new(rules: &[CompiledRule], conditions: &[Compiled], schema: &ResourceSchema) -> Self {
        let mut extensions = Vec::new();
        let mut rest = RuleSet::empty(rules.len());
        // Parts on one value by their text, so that rules which ask the same share the test.
        let mut asked: BTreeMap<Slot, Asked> = BTreeMap::new();
        for (number, rule) in rules.iter().enumerate() {
            let Some(condition) = rule.when.and_then(|when| conditions.get(when as usize)) else { continue };
            let mut own: BTreeMap<Slot, Vec<Filter>> = BTreeMap::new();
            for part in condition.parts() {
                match single(part, condition.open, schema, &mut extensions) {
                    Some(slot) => own.entry(slot).or_default().push(part.clone()),
                    None => rest.put(number, true),
                }
            }
            for (slot, parts) in own {
                let filter = Filter::and(parts);
                let key = (condition.open, filter.to_string());
                let (_, users) =
                    asked.entry(slot).or_default().entry(key).or_insert_with(|| (filter, Vec::new()));
                users.extend(u32::try_from(number));
            }
        }
        let mut tests = Vec::with_capacity(asked.len());
        for (slot, asked) in asked {
            let mut made = SlotTests::new(slot, rules.len());
            for ((open, _), (filter, users)) in asked {
                let compiled = if open { Ok(filter.compile_open()) } else { filter.compile(schema) };
                match compiled {
                    Ok(compiled) => made.add(compiled, &filter, users, schema),
                    Err(_) => users.iter().for_each(|user| rest.put(*user as usize, true)),
                }
            }
            tests.push(made);
        }
        let mut careful = rest.clone();
        for (number, rule) in rules.iter().enumerate() {
            if rule.from.is_some() || rule.until.is_some() {
                careful.put(number, true);
            }
        }
        Self { tests, extensions, rest, careful, all: RuleSet::all(rules.len()) }
    }
}

/// The one value that a part of a condition reads.
fn single(part: &Filter, open: bool, schema: &ResourceSchema, extensions: &mut Vec<String>) -> Option<Slot> {
    if has_element(part) {
        return None;
    }
    let mut paths = Vec::new();
    collect_paths(part, None, &mut paths);
    let mut slots = paths.iter().map(|path| Slot::of(path, open, schema, extensions));
    let first = slots.next()??;
    slots.all(|slot| slot.as_ref() == Some(&first)).then_some(first)
}

fn has_element(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(has_element),
        Filter::Not(part) => has_element(part),
        Filter::Element(_) => true,
        Filter::Compare(_) | Filter::Present(_) => false,
    }
}

impl SlotTests {
    fn new(slot: Slot, rules: usize) -> Self {
        Self {
            slot,
            tests: Vec::new(),
            by_key: FxHashMap::default(),
            plain: Vec::new(),
            without: RuleSet::all(rules),
        }
    }

    fn add(&mut self, compiled: CompiledFilter, filter: &Filter, rules: Vec<u32>, schema: &ResourceSchema) {
        let Ok(number) = u32::try_from(self.tests.len()) else { return };
        match demanded(filter, schema).into_iter().min_by_key(Vec::len) {
            Some(equalities) => {
                for (_, key) in equalities {
                    let users = self.by_key.entry(key.into()).or_default();
                    if users.last() != Some(&number) {
                        users.push(number);
                    }
                }
                rules.iter().for_each(|rule| self.without.put(*rule as usize, false));
            }
            None => self.plain.push(number),
        }
        self.tests.push(Test { filter: compiled, rules });
    }

    /// The rules whose tests of this value hold. `view` is the resource the value was found in.
    pub(super) fn decide(&self, found: Found<'_>, view: &Resource, out: &mut RuleSet) {
        out.copy(self.without.words());
        match found {
            Found::Absent | Found::Null | Found::Bool(_) => {}
            Found::Text(text) => {
                let demanding = self.by_key.get(&*username_key(text));
                self.hold(demanding.into_iter().flatten(), view, out);
            }
            Found::Other => self.hold(self.by_key.values().flatten(), view, out),
        }
        for test in self.plain.iter().filter_map(|test| self.tests.get(*test as usize)) {
            if !test.filter.matches(view) {
                test.rules.iter().for_each(|rule| out.put(*rule as usize, false));
            }
        }
    }

    fn hold<'a>(&self, tests: impl Iterator<Item = &'a u32>, view: &Resource, out: &mut RuleSet) {
        for test in tests.filter_map(|test| self.tests.get(*test as usize)) {
            if test.filter.matches(view) {
                test.rules.iter().for_each(|rule| out.put(*rule as usize, true));
            }
        }
    }
}
