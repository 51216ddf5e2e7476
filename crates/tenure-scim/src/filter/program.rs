//! Conditions joined by "and", "or" and "not", as steps of which each says where to go on.

/// A condition on terms of one kind.
#[derive(Clone, Debug)]
pub(super) enum Node<T> {
    Const(bool),
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Term(T),
}

/// A condition in the order in which it is answered: nothing is asked that cannot matter any more.
// INVARIANT: a step goes on to one before it in `steps`, so that every run ends.
#[derive(Clone, Debug)]
pub(super) struct Program<T> {
    steps: Box<[Step<T>]>,
    first: u32,
}

#[derive(Clone, Debug)]
struct Step<T> {
    term: T,
    yes: u32,
    no: u32,
}

/// Where a run ends.
const HOLDS: u32 = u32::MAX;
const FAILS: u32 = u32::MAX - 1;

impl<T> Program<T> {
    pub(super) fn new(node: Node<T>) -> Self {
        let mut steps = Vec::new();
        let first = link(node, HOLDS, FAILS, &mut steps);
        Self { steps: steps.into(), first }
    }

    /// Whether the condition holds, given which terms do.
    #[inline(always)]
    pub(super) fn holds(&self, mut is_met: impl FnMut(&T) -> bool) -> bool {
        let mut at = self.first;
        while let Some(step) = self.steps.get(at as usize) {
            at = if is_met(&step.term) { step.yes } else { step.no };
        }
        at == HOLDS
    }

    #[inline]
    pub(super) fn terms(&self) -> impl Iterator<Item = &T> {
        self.steps.iter().rev().map(|step| &step.term)
    }
}

/// Where to begin with a condition, from which it goes on to `yes` or `no`.
fn link<T>(node: Node<T>, yes: u32, no: u32, steps: &mut Vec<Step<T>>) -> u32 {
    match node {
        _ if yes == no => yes,
        Node::Const(true) => yes,
        Node::Const(false) => no,
        Node::And(parts) => parts.into_iter().rev().fold(yes, |next, part| link(part, next, no, steps)),
        Node::Or(parts) => parts.into_iter().rev().fold(no, |next, part| link(part, yes, next, steps)),
        Node::Not(part) => link(*part, no, yes, steps),
        Node::Term(term) => {
            let at = crate::arena::index_u32(steps.len());
            steps.push(Step { term, yes, no });
            at
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(node: &Node<usize>, is_met: &impl Fn(usize) -> bool) -> bool {
        match node {
            Node::Const(value) => *value,
            Node::And(parts) => parts.iter().all(|part| naive(part, is_met)),
            Node::Or(parts) => parts.iter().any(|part| naive(part, is_met)),
            Node::Not(part) => !naive(part, is_met),
            Node::Term(term) => is_met(*term),
        }
    }

    fn node() -> impl Strategy<Value = Node<usize>> {
        let leaf =
            prop_oneof![5 => (0..5_usize).prop_map(Node::Term), 1 => any::<bool>().prop_map(Node::Const)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Node::And),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Or),
                inner.prop_map(|part| Node::Not(Box::new(part))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn a_program_holds_where_its_condition_does(node in node()) {
            let program = Program::new(node.clone());
            for met in 0..32_usize {
                let is_met = |term: usize| met >> term & 1 != 0;
                prop_assert_eq!(program.holds(|term| is_met(*term)), naive(&node, &is_met));
            }
        }
    }

    #[test]
    fn what_cannot_matter_is_not_asked() {
        let term = |n: usize| Node::Term(n);
        for (node, asked) in [
            (Node::And(vec![term(0), term(1)]), vec![0]),
            (Node::Or(vec![Node::And(vec![term(0), term(1)]), term(2)]), vec![0, 2]),
            (Node::Not(Box::new(Node::And(vec![term(0), term(1)]))), vec![0]),
            (Node::And(vec![term(0), Node::Const(false)]), vec![]),
            (Node::Or(vec![term(0), Node::Const(true)]), vec![]),
        ] {
            let mut seen = Vec::new();
            Program::new(node.clone()).holds(|term| {
                seen.push(*term);
                false
            });
            assert_eq!(seen, asked, "{node:?}");
        }
    }
}
