//! Lines and columns of a text.

use std::cell::Cell;

use super::node::Pos;

/// Where the lines of a text begin.
pub(super) struct Lines<'a> {
    file: u16,
    text: &'a str,
    starts: Vec<usize>,
    /// A place found before and its column: a text is read forwards, and a line may be the whole of it.
    last: Cell<(usize, usize)>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: u16, text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, starts, last: Cell::new((0, 0)) }
    }

    pub(super) fn pos(&self, offset: usize) -> Pos {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let (known, before) = self.last.get();
        let (from, before) = if (start..=offset).contains(&known) { (known, before) } else { (start, 0) };
        let column = before + self.text.get(from..offset).map_or(0, |between| between.chars().count());
        self.last.set((offset, column));
        Pos {
            file: self.file,
            line: u32::try_from(line).unwrap_or(0),
            column: u32::try_from(column + 1).unwrap_or(0),
        }
    }
}
