use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::Paint;

/// An error in a document of the user: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, as one line.
    pub title: String,
    /// The file, as the user wrote its name.
    pub path: String,
    /// The place, when there is one.
    pub place: Option<Place>,
    /// Advice.
    pub help: Option<String>,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The whole text of the file.
    pub source: String,
    /// The bytes that are wrong.
    pub span: Range<usize>,
}

impl Place {
    /// The place of a line and a column in characters, both from 1; it covers the word that starts there.
    pub fn at(source: impl Into<String>, line: usize, column: usize) -> Self {
        let source = source.into();
        let line_start: usize = source
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum::<usize>()
            .min(source.len());
        let rest = source.get(line_start..).unwrap_or_default();
        let text = rest.lines().next().unwrap_or_default();
        let start = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
        let word = text.get(start..).unwrap_or_default();
        let length = word.find([',', ' ', ':', '\t']).unwrap_or(word.len());
        let span = line_start + start..line_start + start + length;
        Self { source, span }
    }
}

impl Diagnostic {
    /// The diagnostic as text in the form that `rustc` has made familiar.
    pub fn render(&self, paint: Paint) -> String {
        let title = Level::ERROR.primary_title(self.title.as_str());
        let mut group = match &self.place {
            Some(place) => title.element(
                Snippet::source(place.source.as_str())
                    .path(self.path.as_str())
                    .annotation(AnnotationKind::Primary.span(place.span.clone())),
            ),
            None => Group::with_title(title).element(annotate_snippets::Origin::path(self.path.as_str())),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if paint.is_colored() { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Unicode).render(&[group])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_line_the_word_and_the_advice() {
        let diagnostic = Diagnostic {
            title: "`2026-02-30` is not a date".into(),
            path: "workers.csv".into(),
            place: Some(Place::at("workerId,startDate\nW1,2026-02-30\n", 2, 4)),
            help: Some("write it as year-month-day".into()),
        };
        assert_eq!(
            diagnostic.render(Paint::plain()),
            "error: `2026-02-30` is not a date\n  ╭▸ workers.csv:2:4\n  │\n2 │ W1,2026-02-30\n  │    ━━━━━━━━━━\n  │\n  \
             ╰ help: write it as year-month-day"
        );
    }

    #[test]
    fn names_the_file_where_there_is_no_place() {
        let diagnostic =
            Diagnostic { title: "the file is empty".into(), path: "a.csv".into(), place: None, help: None };
        assert_eq!(diagnostic.render(Paint::plain()), "error: the file is empty\n ─▸ a.csv");
    }
}
