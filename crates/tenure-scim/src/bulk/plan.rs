//! The order of operations that refer to each other.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::ids::{in_text, references};
use super::{BulkMethod, BulkRequest};
use crate::error::ScimError;

/// The steps that carry out a bulk request.
///
/// Operations keep their order, except that one that refers to a new resource comes after the one that creates it.
/// Where new resources refer to each other in a circle, one is created without the attributes that refer forward and
/// is completed at the end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BulkPlan {
    /// The steps in order.
    pub steps: Vec<BulkStep>,
}

/// One step of a [`BulkPlan`]. References in `data` are still names; see [`BulkIds`](super::BulkIds).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BulkStep {
    /// Run an operation with this body.
    Run {
        /// Which one.
        operation: usize,
        /// Its body, without what a later [`Complete`](Self::Complete) adds.
        data: Option<Value>,
    },
    /// Add these attributes to the resource that an earlier step created: a PATCH with one `add` without path.
    Complete {
        /// The operation that created it.
        operation: usize,
        /// The attributes.
        attributes: Value,
    },
    /// The operation cannot run.
    Fail {
        /// Which one.
        operation: usize,
        /// Why.
        error: ScimError,
    },
}

impl BulkStep {
    /// The operation that the step belongs to.
    pub fn operation(&self) -> usize {
        match self {
            Self::Run { operation, .. } | Self::Complete { operation, .. } | Self::Fail { operation, .. } => {
                *operation
            }
        }
    }
}

pub(super) fn plan(request: &BulkRequest) -> BulkPlan {
    let creators: HashMap<&str, usize> = request
        .operations
        .iter()
        .enumerate()
        .filter(|(_, o)| o.method == BulkMethod::Post)
        .filter_map(|(n, o)| Some((o.bulk_id.as_deref()?, n)))
        .collect();
    let mut planner = Planner {
        request,
        creators,
        state: vec![State::New; request.operations.len()],
        steps: Vec::new(),
        late: Vec::new(),
    };
    for operation in 0..request.operations.len() {
        planner.visit(operation);
    }
    planner.steps.append(&mut planner.late);
    BulkPlan { steps: planner.steps }
}

struct Planner<'a> {
    request: &'a BulkRequest,
    creators: HashMap<&'a str, usize>,
    state: Vec<State>,
    steps: Vec<BulkStep>,
    late: Vec<BulkStep>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// An operation whose dependencies are being looked at.
struct Frame {
    operation: usize,
    waiting: Vec<usize>,
}

impl Planner<'_> {
    /// Emits an operation after all it depends on. The stack is kept by hand, since a request may be one long chain.
    fn visit(&mut self, operation: usize) {
        let mut stack = Vec::new();
        self.enter(operation, &mut stack);
        while let Some(frame) = stack.last_mut() {
            match frame.waiting.pop() {
                Some(next) => self.enter(next, &mut stack),
                None => {
                    let operation = frame.operation;
                    stack.pop();
                    self.emit(operation);
                }
            }
        }
    }

    fn enter(&mut self, operation: usize, stack: &mut Vec<Frame>) {
        match self.state.get_mut(operation) {
            Some(state @ State::New) => *state = State::Open,
            _ => return,
        }
        let mut waiting: Vec<usize> =
            self.names(operation).iter().filter_map(|n| self.creators.get(n.as_str()).copied()).collect();
        waiting.reverse();
        stack.push(Frame { operation, waiting });
    }

    fn names(&self, operation: usize) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if let Some(operation) = self.request.operations.get(operation) {
            in_text(&operation.path, &mut names);
            operation.data.iter().for_each(|data| references(data, &mut names));
        }
        names
    }

    fn emit(&mut self, operation: usize) {
        if let Some(state) = self.state.get_mut(operation) {
            *state = State::Done;
        }
        let Some(source) = self.request.operations.get(operation) else { return };
        let names = self.names(operation);
        if let Some(name) = names.iter().find(|n| !self.creators.contains_key(n.as_str())) {
            let error =
                ScimError::conflict(format!("`bulkId:{name}` refers to no operation of this request"));
            self.steps.push(BulkStep::Fail { operation, error });
            return;
        }
        // What is not done by now waits for this operation: a circle.
        let circular: BTreeSet<&str> = names
            .iter()
            .filter(|n| {
                self.creators
                    .get(n.as_str())
                    .is_some_and(|c| self.state.get(*c) != Some(&State::Done) || *c == operation)
            })
            .map(String::as_str)
            .collect();
        if circular.is_empty() {
            self.steps.push(BulkStep::Run { operation, data: source.data.clone() });
            return;
        }
        match source
            .data
            .as_ref()
            .and_then(|data| split(data, &circular))
            .filter(|_| source.method == BulkMethod::Post)
        {
            Some((now, later)) => {
                self.steps.push(BulkStep::Run { operation, data: Some(now) });
                self.late.push(BulkStep::Complete { operation, attributes: later });
            }
            None => {
                let names: Vec<_> = circular.into_iter().collect();
                let error = ScimError::conflict(format!(
                    "circular reference to `bulkId:{}`",
                    names.join("`, `bulkId:")
                ));
                self.steps.push(BulkStep::Fail { operation, error });
            }
        }
    }
}

/// Parts a body into the attributes that do not refer to `names` and those that do.
fn split(data: &Value, names: &BTreeSet<&str>) -> Option<(Value, Value)> {
    let (mut now, mut later) = (Map::new(), Map::new());
    for (name, value) in data.as_object()? {
        let mut found = BTreeSet::new();
        references(value, &mut found);
        let refers = found.iter().any(|n| names.contains(n.as_str()));
        match value {
            Value::Object(_) if refers && name.contains(':') => {
                let (inner_now, inner_later) = split(value, names)?;
                now.insert(name.clone(), inner_now);
                later.insert(name.clone(), inner_later);
            }
            value if refers => drop(later.insert(name.clone(), value.clone())),
            value => drop(now.insert(name.clone(), value.clone())),
        }
    }
    Some((Value::Object(now), Value::Object(later)))
}
