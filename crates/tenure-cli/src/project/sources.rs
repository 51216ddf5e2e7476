use std::fs;

use tenure_connector::{ConnectorError, Context, ErrorKind, ListQuery, ObjectClass, RejectedItem};

use super::connect;
use crate::config::{Config, Source};
use crate::failure::{Failure, chain};
use crate::present::{Diagnostic, Place};

/// How many rows each source has, by name and class.
pub(crate) type Rows = Vec<(String, ObjectClass, usize)>;

/// Which sources are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those that lie in files.
    Files,
    /// Those that are asked over a network as well.
    Network,
}

pub(super) async fn check(config: &Config, reach: Reach) -> Result<Rows, Failure> {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for (name, source) in &config.sources {
        if reach == Reach::Files && !source.is_local() {
            continue;
        }
        let connector = connect::source(name, source).await?;
        for class in classes(source) {
            let context = Context::new("check");
            let mut query = ListQuery::new(class.clone());
            let mut count = 0;
            loop {
                let page = connector.list(&context, &query).await;
                let page = page.map_err(|e| unreadable(name, &e))?;
                count += page.items.len();
                problems.extend(page.rejected.iter().map(rejected_row));
                match page.next {
                    Some(next) => query = query.with_cursor(next),
                    None => break,
                }
            }
            rows.push((name.clone(), class, count));
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(Failure::Input(problems)) }
}

fn classes(source: &Source) -> Vec<ObjectClass> {
    match source {
        Source::Csv(config) => {
            let workers = config.workers.as_ref().map(|_| ObjectClass::WORKER);
            workers.into_iter().chain(config.services.as_ref().map(|_| ObjectClass::WORKLOAD)).collect()
        }
        Source::Hr(_) => vec![ObjectClass::WORKER],
        #[cfg(feature = "online")]
        Source::Vendor(_) => vec![ObjectClass::WORKER],
    }
}

// A file that cannot be read at all has its place in front of the text: `file:line:column: what is wrong`.
fn unreadable(name: &str, e: &ConnectorError) -> Failure {
    let told = e.detail().split_once(": ").filter(|_| e.kind() == ErrorKind::InvalidInput);
    let Some((place, title)) = told else {
        return Failure::failed(format!("cannot read the source `{name}`"), chain(e));
    };
    let help = e.help().map(String::from);
    Failure::Input(vec![at_place(place, title.to_owned(), help)])
}

/// A rejected row as a diagnostic: its place is `file:line:column` or `file:line`.
pub fn rejected_row(row: &RejectedItem) -> Diagnostic {
    let found = if row.found.is_empty() { "nothing".to_owned() } else { format!("`{}`", row.found) };
    at_place(&row.place, format!("expected {}, found {found}", row.expected), row.help.clone())
}

fn at_place(place: &str, title: String, help: Option<String>) -> Diagnostic {
    let (path, line, column) = split_place(place);
    let text = fs::read_to_string(path).ok();
    let place = text.zip(line).map(|(text, line)| Place::at(text, line, column.unwrap_or(1)));
    Diagnostic { title, path: path.to_owned(), place, help }
}

fn split_place(place: &str) -> (&str, Option<usize>, Option<usize>) {
    let number = |text: &str| text.parse::<usize>().ok();
    match place.rsplit_once(':').map(|(rest, last)| (rest, number(last))) {
        Some((rest, Some(last))) => match rest.rsplit_once(':').map(|(path, line)| (path, number(line))) {
            Some((path, Some(line))) => (path, Some(line), Some(last)),
            _ => (rest, Some(last), None),
        },
        _ => (place, None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_apart_from_the_right() {
        assert_eq!(split_place("a/workers.csv:7:4"), ("a/workers.csv", Some(7), Some(4)));
        assert_eq!(split_place("workers.csv:7"), ("workers.csv", Some(7), None));
        assert_eq!(split_place("C:\\hr\\workers.csv"), ("C:\\hr\\workers.csv", None, None));
    }
}
