use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on standard error; where that is no terminal, it draws nothing.
#[derive(Debug, Clone)]
pub struct Bar {
    inner: ProgressBar,
}

impl Bar {
    /// A bar of `total` steps.
    pub fn new(total: usize, title: &str) -> Self {
        let inner = ProgressBar::with_draw_target(Some(total as u64), target());
        // A template without placeholders of its own cannot fail; the default style is readable too.
        if let Ok(style) = ProgressStyle::with_template("  {prefix} {bar:30} {pos}/{len}  {msg}") {
            inner.set_style(style.progress_chars("██░"));
        }
        inner.set_prefix(title.to_owned());
        inner.enable_steady_tick(Duration::from_millis(100));
        Self { inner }
    }

    /// One more step is done; `what` stays visible until the next one.
    pub fn step(&self, what: impl Into<String>) {
        self.inner.set_message(what.into());
        self.inner.inc(1);
    }

    /// Removes the bar from the screen.
    pub fn finish(&self) {
        self.inner.finish_and_clear();
    }
}

fn target() -> ProgressDrawTarget {
    match std::io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    }
}
