//! Random changes against a plain JSON model.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Arena, Builder, Slot};
use crate::value::ValueRef;

#[derive(Debug, Clone)]
enum Step {
    Set(u8, u8),
    Unset(u8),
    Push(u8),
    Take(usize),
    Rename(usize, u8),
    Retag(usize, u8),
    Find(u8),
    Replace(u8),
    Checkpoint,
    Commit,
    Rollback,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..8_u8, any::<u8>()).prop_map(|(name, value)| Step::Set(name, value)),
        1 => (0..8_u8).prop_map(Step::Unset),
        6 => (0..40_u8).prop_map(Step::Push),
        6 => any::<usize>().prop_map(Step::Take),
        1 => (any::<usize>(), 0..40_u8).prop_map(|(at, value)| Step::Rename(at, value)),
        2 => (any::<usize>(), 0..40_u8).prop_map(|(at, value)| Step::Retag(at, value)),
        6 => (0..40_u8).prop_map(Step::Find),
        1 => (0..60_u8).prop_map(Step::Replace),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Commit),
        1 => Just(Step::Rollback),
    ]
}

fn member(value: u8) -> Value {
    match value % 5 {
        0 => json!({ "value": format!("é{value}"), "type": "User" }),
        1 => json!(format!("User-{value}")),
        _ => json!({ "display": "x", "VALUE": format!("user-{value}") }),
    }
}

fn name(name: u8) -> String {
    ["title", "Odd", "zeta", "userName", "a", "B", "manager", "TITLES"][usize::from(name) % 8].to_owned()
}

fn group(count: u8) -> Value {
    json!({ "id": "g", "members": (0..count).map(member).collect::<Vec<_>>(), "title": "t" })
}

fn arena_of(value: &Value) -> Arena {
    let mut builder = Builder::with_capacity(0, 0);
    let root = builder.arena.copy_json(value, &mut Vec::new());
    builder.finish(root)
}

fn value_of(element: ValueRef<'_>) -> Option<String> {
    let text = match element {
        ValueRef::Object(object) => object.get("value")?.as_str(),
        other => other.as_str(),
    };
    text.map(str::to_lowercase)
}

struct Pair {
    arena: Arena,
    model: Value,
    saved: Option<(super::undo::Checkpoint, Value)>,
}

impl Pair {
    fn array(&self) -> Slot {
        self.arena.member(Slot::ROOT, "members").unwrap()
    }

    fn nth(&self, at: usize) -> Option<(usize, Slot)> {
        let all: Vec<Slot> = self.arena.elements(self.array()).collect();
        (!all.is_empty()).then(|| (at % all.len(), all[at % all.len()]))
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Set(n, value) => {
                let value = json!({ "value": value, "x": [value, null] });
                let slot = self.arena.member_or_insert(Slot::ROOT, &name(*n));
                self.arena.write_json(slot, &value);
                self.model[name(*n)] = value;
            }
            Step::Unset(n) => {
                let there = self.model.as_object_mut().unwrap().remove(&name(*n)).is_some();
                assert_eq!(self.arena.remove_member(Slot::ROOT, &name(*n)), there);
            }
            Step::Push(value) => {
                let array = self.array();
                let slot = self.arena.push_json(array, &member(*value));
                assert_eq!(self.arena.at(slot).to_json(), member(*value));
                self.members().push(member(*value));
            }
            Step::Take(at) => {
                let Some((at, slot)) = self.nth(*at) else { return };
                let array = self.array();
                assert!(self.arena.remove_element(array, slot));
                assert!(!self.arena.remove_element(array, slot));
                self.members().remove(at);
            }
            Step::Rename(at, value) => {
                let Some((at, slot)) = self.nth(*at) else { return };
                if let Some(inner) = self.arena.member(slot, "value") {
                    self.arena.write_text(inner, &format!("user-{value}"));
                    let old = self.members()[at].as_object_mut().unwrap();
                    let key = if old.contains_key("value") { "value" } else { "VALUE" };
                    old[key] = json!(format!("user-{value}"));
                }
            }
            Step::Retag(at, value) => {
                let Some((at, slot)) = self.nth(*at) else { return };
                if self.arena.at(slot).as_object().is_some() {
                    let inner = self.arena.member_or_insert(slot, "tag");
                    self.arena.write_json(inner, &json!(value));
                    self.members()[at]["tag"] = json!(value);
                }
            }
            Step::Find(value) => {
                let wanted = format!("user-{value}");
                let array = self.array();
                let found = self.arena.candidates(array, &wanted);
                let mut found: Vec<Slot> = found
                    .into_iter()
                    .filter(|s| value_of(self.arena.at(*s)).as_ref() == Some(&wanted))
                    .collect();
                found.sort_by_key(|s| s.0);
                let all = self.arena.elements(array);
                let all = all.filter(|s| value_of(self.arena.at(*s)).as_ref() == Some(&wanted));
                assert_eq!(found, all.collect::<Vec<_>>());
            }
            Step::Replace(count) => {
                let array = self.array();
                self.arena.write_json(array, &group(*count)["members"]);
                self.model["members"] = group(*count)["members"].clone();
            }
            Step::Checkpoint if self.saved.is_none() => {
                self.saved = Some((self.arena.checkpoint(), self.model.clone()));
            }
            Step::Checkpoint => {}
            Step::Commit => {
                if let Some((checkpoint, _)) = self.saved.take() {
                    self.arena.commit(checkpoint);
                }
            }
            Step::Rollback => {
                if let Some((checkpoint, model)) = self.saved.take() {
                    self.arena.rollback(&checkpoint);
                    self.model = model;
                }
            }
        }
    }

    fn members(&mut self) -> &mut Vec<Value> {
        self.model["members"].as_array_mut().unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changes_do_what_the_model_does(count in 0..60_u8, steps in proptest::collection::vec(step(), 1..120)) {
        let model = group(count);
        let mut pair = Pair { arena: arena_of(&model), model, saved: None };
        for step in &steps {
            pair.run(step);
            prop_assert_eq!(&pair.arena.at(Slot::ROOT).to_json(), &pair.model, "after {:?}", step);
        }
        if pair.saved.is_none() {
            pair.arena.tidy();
        }
        prop_assert_eq!(pair.arena.clone().at(Slot::ROOT).to_json(), pair.model);
    }
}

#[test]
fn what_is_left_behind_is_cleared_up() {
    let mut arena = arena_of(&group(100));
    for round in 0..20_000_u32 {
        let checkpoint = arena.checkpoint();
        let array = arena.member(Slot::ROOT, "members").unwrap();
        arena.push_json(array, &json!({ "value": format!("new-{round}") }));
        let wanted = format!("new-{round}");
        let found = arena.candidates(array, &wanted);
        let same: Vec<_> =
            found.iter().filter(|s| value_of(arena.at(**s)).as_ref() == Some(&wanted)).collect();
        assert!(same.len() == 1 && found.len() == 21);
        arena.remove_element(array, *same[0]);
        arena.commit(checkpoint);
    }
    let array = arena.member(Slot::ROOT, "members").unwrap();
    assert_eq!(arena.at(array).as_array().unwrap().len(), 100);
    assert!(
        arena.nodes.len() < 3_000 && arena.text.len() < 30_000,
        "{} {}",
        arena.nodes.len(),
        arena.text.len()
    );
}
