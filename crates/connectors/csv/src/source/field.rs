use chrono::{Datelike, NaiveDate};
use chrono_tz::{TZ_VARIANTS, Tz};
use tenure_connector::RejectedItem;

use super::header::Header;
use crate::suggest::closest;
use crate::table::{Cell, Row};

/// One row with its header: reads typed cells and says precisely what is wrong with one.
pub(super) struct Fields<'a> {
    pub(super) header: &'a Header,
    pub(super) row: &'a Row,
    pub(super) dates: &'a [String],
}

type Read<T> = Result<T, Box<RejectedItem>>;

impl Fields<'_> {
    pub(super) fn cell(&self, column: &str) -> Option<&Cell> {
        let cell = self.row.cells.get(&self.header.position(column)?)?;
        (!cell.text.is_empty()).then_some(cell)
    }

    pub(super) fn text(&self, column: &str) -> Option<String> {
        self.cell(column).map(|cell| cell.text.clone())
    }

    pub(super) fn required(&self, column: &str) -> Read<String> {
        self.text(column).ok_or_else(|| self.missing(column, "a value"))
    }

    pub(super) fn required_date(&self, column: &str) -> Read<NaiveDate> {
        self.date(column)?.ok_or_else(|| self.missing(column, "a date"))
    }

    pub(super) fn date(&self, column: &str) -> Read<Option<NaiveDate>> {
        let Some(cell) = self.cell(column) else { return Ok(None) };
        let parsed = self.dates.iter().find_map(|format| NaiveDate::parse_from_str(&cell.text, format).ok());
        parsed.map(Some).ok_or_else(|| {
            let formats: Vec<_> = self.dates.iter().map(|format| plain_format(format)).collect();
            let item =
                RejectedItem::new(&cell.place, format!("a date as {}", formats.join(" or ")), &cell.text);
            match date_help(&cell.text) {
                Some(help) => Box::new(item.with_help(help)),
                None => Box::new(item),
            }
        })
    }

    pub(super) fn flag(&self, column: &str, default: bool) -> Read<bool> {
        let Some(cell) = self.cell(column) else { return Ok(default) };
        match cell.text.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => Ok(true),
            "false" | "no" | "n" | "0" => Ok(false),
            _ => Err(Box::new(RejectedItem::new(&cell.place, "true or false", &cell.text))),
        }
    }

    pub(super) fn zone(&self, column: &str) -> Read<Option<String>> {
        let Some(cell) = self.cell(column) else { return Ok(None) };
        if cell.text.parse::<Tz>().is_ok() {
            return Ok(Some(cell.text.clone()));
        }
        let near = closest(&cell.text, TZ_VARIANTS.iter().map(|zone| zone.name()));
        let help = near.map_or_else(
            || "use a name of the IANA list, such as `Europe/Berlin`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let item = RejectedItem::new(&cell.place, "an IANA time zone", &cell.text);
        Err(Box::new(item.with_help(help)))
    }

    /// Refuses a last day before the first one.
    pub(super) fn in_order(&self, first: NaiveDate, last_column: &str, last: Option<NaiveDate>) -> Read<()> {
        match (last, self.cell(last_column)) {
            (Some(last), Some(cell)) if last < first => {
                Err(Box::new(RejectedItem::new(&cell.place, format!("a day not before {first}"), &cell.text)))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn extra(&self) -> impl Iterator<Item = (String, String)> {
        let kept = self
            .header
            .kept()
            .filter_map(|(name, at)| Some((name.to_owned(), self.row.cells.get(&at)?.text.clone())));
        kept.filter(|(_, text)| !text.is_empty())
    }

    fn missing(&self, column: &str, what: &str) -> Box<RejectedItem> {
        let at = self.header.position(column).and_then(|at| self.row.cells.get(&at));
        let place = at.map_or(&self.row.place, |cell| &cell.place);
        Box::new(RejectedItem::new(place, format!("{what} for `{column}`"), ""))
    }
}

fn plain_format(format: &str) -> String {
    format.replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD").replace("%y", "YY")
}

/// Advice for a date that has the right look but is none, or the look of another country.
fn date_help(text: &str) -> Option<String> {
    let parts: Vec<u32> = text.split(['-', '.', '/']).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [first, second, third] = *parts.as_slice() else { return None };
    let days_in = |year: u32, month: u32| {
        let year = i32::try_from(year).ok()?;
        let next = NaiveDate::from_ymd_opt(year + i32::from(month == 12), month % 12 + 1, 1)?;
        Some(next.pred_opt()?.day())
    };
    match (first > 31, third > 31) {
        (true, _) if (1..=12).contains(&second) => {
            let days = days_in(first, second)?;
            (third > days).then(|| format!("month {second} of {first} has {days} days"))
        }
        (true, _) => Some("the month is a number from 1 to 12".to_owned()),
        (_, true) if text.contains('.') => {
            Some("set `dates` to [\"%d.%m.%Y\"] for this way of writing".to_owned())
        }
        (_, true) => {
            Some("set `dates` to [\"%m/%d/%Y\"] or [\"%d/%m/%Y\"] for this way of writing".to_owned())
        }
        _ => None,
    }
}
