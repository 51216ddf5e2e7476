//! Testing a resource, or one element of it, against a compiled filter.

use std::hint::black_box;

use super::compile::{CompiledFilter, ElementMatcher};
use super::program::{Node, Program};
use super::term::{Term, holds_for_element};
use super::trail::Trail;
use crate::arena::Probe;
use crate::resource::Resource;
use crate::value::Found;

impl CompiledFilter {
    pub(super) fn new(mut node: Node<Term>) -> Self {
        let afar = Program::new(from_afar(&node));
        answered(&mut node);
        let mut places = Vec::new();
        lay_trails(&mut node, &mut places);
        Self { afar, near: Program::new(node) }
    }

    /// Whether the filter holds for the resource.
    ///
    /// For many resources in a row [`select`](Self::select) is faster.
    #[inline]
    pub fn matches(&self, resource: &Resource) -> bool {
        self.may_hold(resource) && {
            self.follow(resource);
            self.holds(resource)
        }
    }

    /// Whether the filter may hold, as can be told without a trip to the attributes; `false` is certain.
    #[inline]
    pub(super) fn may_hold(&self, resource: &Resource) -> bool {
        self.afar.holds(|probe| resource.may_have(probe))
    }

    /// Reads ahead what [`holds`](Self::holds) is going to look at.
    pub(super) fn follow(&self, resource: &Resource) {
        black_box(self.near.terms().fold(0, |sum, term| sum ^ term.touch(resource)));
    }

    /// Whether the filter holds for a resource for which it may.
    pub(super) fn holds(&self, resource: &Resource) -> bool {
        self.near.holds(|term| term.holds_for(resource))
    }
}

impl ElementMatcher {
    /// Whether the condition holds for the element.
    pub(crate) fn matches(&self, element: Found<'_>) -> bool {
        holds_for_element(&self.condition, element)
    }
}

/// What must be so from afar for a condition to hold.
fn from_afar(node: &Node<Term>) -> Node<Probe> {
    match node {
        Node::Const(value) => Node::Const(*value),
        Node::And(parts) => Node::And(parts.iter().map(from_afar).collect()),
        Node::Or(parts) => Node::Or(parts.iter().map(from_afar).collect()),
        // A guess that something is there says nothing of what must not be.
        Node::Not(_) => Node::Const(true),
        Node::Term(term) => term.probe.map_or(Node::Const(true), Node::Term),
    }
}

/// Takes from a condition the looks from afar that [`from_afar`] has taken before.
fn answered(node: &mut Node<Term>) {
    match node {
        Node::And(parts) => parts.iter_mut().for_each(answered),
        // What may be certain is asked again, in place of a look.
        Node::Term(term) => term.probe = term.probe.filter(Probe::may_be_certain),
        Node::Const(_) | Node::Or(_) | Node::Not(_) => {}
    }
}

/// Has the first term at each place read ahead.
fn lay_trails<'a>(node: &'a mut Node<Term>, places: &mut Vec<&'a super::term::Place>) {
    match node {
        Node::Const(_) => {}
        Node::And(parts) | Node::Or(parts) => parts.iter_mut().for_each(|part| lay_trails(part, places)),
        Node::Not(part) => lay_trails(part, places),
        // Hardly ever looked at.
        Node::Term(Term { probe: Some(probe), .. }) if probe.may_be_certain() => {}
        Node::Term(Term { target, trail, .. }) => {
            let place = &target.place;
            if !places.iter().any(|known| known.is_same(place)) {
                *trail = Some(Trail::default());
                places.push(place);
            }
        }
    }
}
