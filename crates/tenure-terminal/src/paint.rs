use std::fmt::Display;
use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal, unless the environment variable NO_COLOR is set.
    #[default]
    Auto,
    /// Always, for a pager that understands it.
    Always,
    /// Never.
    Never,
}

/// What a piece of text means; its colour follows from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Added, done, verified.
    Good,
    /// Changed, waiting, worth a look.
    Warn,
    /// Removed, failed, refused.
    Bad,
    /// A task for a person.
    Task,
    /// A heading or the thing that is spoken of.
    Strong,
    /// Context that can be skipped.
    Faint,
    /// Ordinary text.
    Plain,
}

impl Tone {
    fn style(self) -> Style {
        let color = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
        match self {
            Self::Good => color(AnsiColor::Green),
            Self::Warn => color(AnsiColor::Yellow),
            Self::Bad => color(AnsiColor::Red).bold(),
            Self::Task => color(AnsiColor::Magenta),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Plain => Style::new(),
        }
    }
}

/// Colours text, or leaves it alone where nobody sees colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    colored: bool,
}

impl Paint {
    /// Decides for standard output.
    #[expect(clippy::disallowed_methods, reason = "NO_COLOR is the user's wish for every program")]
    pub fn stdout(choice: ColorChoice) -> Self {
        let wanted = std::env::var("NO_COLOR").map_or(true, |value| value.is_empty());
        match choice {
            ColorChoice::Auto => Self { colored: wanted && std::io::stdout().is_terminal() },
            ColorChoice::Always => Self { colored: true },
            ColorChoice::Never => Self { colored: false },
        }
    }

    /// Never colours; for files and tests.
    pub fn plain() -> Self {
        Self { colored: false }
    }

    /// Whether text comes back coloured.
    pub fn is_colored(self) -> bool {
        self.colored
    }

    /// The text in the colour of its meaning.
    pub fn text(self, tone: Tone, text: impl Display) -> String {
        if !self.colored || tone == Tone::Plain {
            return text.to_string();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }

    /// A heading with a rule below it, as wide as the heading.
    pub fn heading(self, text: &str) -> String {
        let rule = "─".repeat(text.chars().count());
        format!("{}\n{}", self.text(Tone::Strong, text), self.text(Tone::Faint, rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paint_adds_nothing() {
        assert_eq!(Paint::plain().text(Tone::Bad, "gone"), "gone");
        assert_eq!(Paint::plain().heading("Plan"), "Plan\n────");
    }

    #[test]
    fn coloured_text_is_closed_again() {
        let text = Paint::stdout(ColorChoice::Always).text(Tone::Good, "done");
        assert_eq!(text, "\u{1b}[32mdone\u{1b}[0m");
    }
}
