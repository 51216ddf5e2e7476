//! Taking back everything since a point, without a copy of the resource.

use super::{Arena, Digest, Garbage, Node};

/// What was overwritten since the checkpoint.
#[derive(Debug, Default)]
pub(super) struct Undo {
    active: bool,
    overwritten: Vec<(u32, Node)>,
}

/// A state to go back to. Checkpoints do not nest.
#[derive(Debug)]
#[must_use = "a checkpoint ends with `commit` or `rollback`"]
pub(crate) struct Checkpoint {
    nodes: usize,
    text: usize,
    long: usize,
    garbage: Garbage,
}

impl Arena {
    pub(crate) fn checkpoint(&mut self) -> Checkpoint {
        let (nodes, text) = (self.nodes.len(), self.text.len());
        let extra = self.extra_mut();
        extra.undo.active = true;
        extra.undo.overwritten.clear();
        Checkpoint { nodes, text, long: extra.long.len(), garbage: extra.garbage }
    }

    /// Keeps what was done since the checkpoint, and clears up when much has been left behind.
    pub(crate) fn commit(&mut self, _checkpoint: Checkpoint) {
        let extra = self.extra_mut();
        extra.undo.active = false;
        extra.undo.overwritten.clear();
        self.tidy();
    }

    /// Takes back what was done since the checkpoint.
    pub(crate) fn rollback(&mut self, to: &Checkpoint) {
        let extra = self.extra_mut();
        extra.undo.active = false;
        extra.index = None;
        extra.garbage = to.garbage;
        extra.long.truncate(to.long);
        let overwritten = std::mem::take(&mut extra.undo.overwritten);
        for (at, node) in overwritten.into_iter().rev() {
            if let Some(slot) = self.nodes.get_mut(at as usize) {
                *slot = node;
            }
        }
        self.root = self.node(0);
        self.nodes.truncate(to.nodes);
        self.text.truncate(to.text);
    }

    pub(super) fn write_node(&mut self, at: u32, node: Node) {
        let Some(slot) = self.nodes.get_mut(at as usize) else { return };
        let old = std::mem::replace(slot, node);
        self.digest = Digest::ANYTHING;
        if at == 0 {
            self.root = node;
        }
        if let Some(extra) = &mut self.extra
            && extra.undo.active
        {
            extra.undo.overwritten.push((at, old));
        }
    }

    /// Copies the live values into fresh vectors when less than half of the old ones is in use.
    ///
    /// Nothing happens below a checkpoint, since positions would change.
    pub(crate) fn tidy(&mut self) {
        let Some(extra) = &self.extra else { return };
        let Garbage { nodes, text } = extra.garbage;
        let much = nodes > 256.max(self.nodes.len() / 2) || text > 4096.max(self.text.len() / 2);
        if extra.undo.active || !much {
            return;
        }
        let mut fresh = Arena::new();
        let root = fresh.copy_value(self.value(0), &mut Vec::new());
        fresh.write_node(0, root);
        fresh.digest = Digest::of(&fresh);
        *self = fresh;
    }
}
