use chrono::{Datelike, NaiveDate};
use chrono_tz::{TZ_VARIANTS, Tz};
use tenure_connector::RejectedItem;

use crate::HrConfig;
use crate::feed::{Cell, Record};

pub(crate) type Read<T> = Result<T, Box<RejectedItem>>;

/// One record with its mapping: reads typed values and says precisely what is wrong with one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) record: &'a Record,
    pub(crate) config: &'a HrConfig,
}

impl Columns<'_> {
    /// The value of an attribute, with its place; nothing when it is not mapped, empty or one of the empty texts.
    pub(crate) fn cell(&self, attribute: &str) -> Option<Cell> {
        let field = self.config.map.get(attribute)?;
        let read = |name: &String| self.record.cell(name).filter(|cell| !self.is_empty(&cell.text));
        let mut cell = match field.join.is_empty() {
            true => field.from.iter().find_map(read),
            false => {
                let parts: Option<Vec<Cell>> = field.join.iter().map(read).collect();
                parts.and_then(|parts| {
                    let place = parts.first()?.place.clone();
                    let texts: Vec<String> = parts.into_iter().map(|part| part.text).collect();
                    Some(Cell { text: texts.join(":"), place })
                })
            }
        };
        if let Some(cell) = &mut cell {
            let meaning =
                field.values.iter().find(|(text, _)| text.to_lowercase() == cell.text.to_lowercase());
            if let Some((_, value)) = meaning {
                cell.text.clone_from(value);
            }
            if let Some(width) = field.pad.filter(|_| cell.text.bytes().all(|byte| byte.is_ascii_digit())) {
                cell.text = format!("{:0>width$}", cell.text);
            }
            return Some(cell.clone());
        }
        let text = field.default.clone()?;
        Some(Cell { text, place: self.record.place().to_owned() })
    }

    fn is_empty(&self, text: &str) -> bool {
        text.is_empty() || self.config.empty.contains(text)
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<String> {
        self.cell(attribute).map(|cell| cell.text)
    }

    pub(crate) fn required(&self, attribute: &str) -> Read<String> {
        self.text(attribute).ok_or_else(|| self.missing(attribute, "a value"))
    }

    pub(crate) fn required_date(&self, attribute: &str) -> Read<NaiveDate> {
        self.date(attribute)?.ok_or_else(|| self.missing(attribute, "a date"))
    }

    pub(crate) fn date(&self, attribute: &str) -> Read<Option<NaiveDate>> {
        let Some(cell) = self.cell(attribute) else { return Ok(None) };
        let formats = &self.config.dates;
        let parsed = formats.iter().find_map(|format| NaiveDate::parse_from_str(&cell.text, format).ok());
        // A date and time names the day where it was written down; shifting it would move people's last day.
        let parsed = parsed.or_else(|| {
            let (day, time) = cell.text.split_at_checked(10)?;
            time.starts_with('T').then(|| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok())?
        });
        if let Some(date) = parsed.filter(|date| (1900..2200).contains(&date.year())) {
            return Ok(Some(date));
        }
        let expected = format!("a date as {}", formats.join(" or "));
        let item = RejectedItem::new(&cell.place, expected, &cell.text);
        Err(Box::new(match parsed {
            Some(_) => item.with_help("a year before 1900 or after 2199 is taken for a mistake"),
            None => item.with_help("name the way of writing under `dates`, or the text under `empty`"),
        }))
    }

    pub(crate) fn flag(&self, attribute: &str) -> Read<Option<bool>> {
        let Some(cell) = self.cell(attribute) else { return Ok(None) };
        match cell.text.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => Ok(Some(true)),
            "false" | "no" | "n" | "0" => Ok(Some(false)),
            _ => Err(Box::new(RejectedItem::new(&cell.place, "true or false", &cell.text))),
        }
    }

    pub(crate) fn zone(&self) -> Read<Option<Tz>> {
        let Some(cell) = self.cell("timeZone") else { return Ok(None) };
        if let Ok(zone) = cell.text.parse::<Tz>() {
            return Ok(Some(zone));
        }
        let likeness = |zone: &&Tz| strsim::jaro_winkler(zone.name(), &cell.text);
        let near = TZ_VARIANTS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let item = RejectedItem::new(&cell.place, "an IANA time zone", &cell.text);
        Err(Box::new(match near.filter(|zone| likeness(zone) > 0.85) {
            Some(zone) => item.with_help(format!("did you mean `{zone}`? Say what it means under `values`")),
            None => item.with_help("say what it means under `values`, such as `Europe/Berlin`"),
        }))
    }

    /// Refuses a later day that is before the first.
    pub(crate) fn in_order(&self, first: NaiveDate, attribute: &str, last: Option<NaiveDate>) -> Read<()> {
        match (last, self.cell(attribute)) {
            (Some(last), Some(cell)) if last < first => {
                Err(Box::new(RejectedItem::new(&cell.place, format!("a day not before {first}"), &cell.text)))
            }
            _ => Ok(()),
        }
    }

    fn missing(&self, attribute: &str, what: &str) -> Box<RejectedItem> {
        let names = self.config.map.get(attribute).map(|field| {
            let names: Vec<_> =
                field.from.iter().chain(&field.join).map(|name| format!("`{name}`")).collect();
            names.join(" or ")
        });
        let expected = match names {
            Some(names) if !names.is_empty() => format!("{what} for `{attribute}` in {names}"),
            _ => format!("{what} for `{attribute}`"),
        };
        Box::new(RejectedItem::new(self.record.place(), expected, ""))
    }
}
