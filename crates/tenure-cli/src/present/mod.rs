//! Text for people: colours, tables, progress and diagnostics.
//!
//! Everything here turns values into text; nothing decides or does anything. The examples print with it too.

mod diagnostic;
mod paint;
mod progress;
mod table;
mod words;

pub use diagnostic::{Diagnostic, Place};
pub use paint::{ColorChoice, Paint, Tone};
pub use progress::Bar;
pub use table::{Cell, Table};
pub use words::{count, money, short_hash};
