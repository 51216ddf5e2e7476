use tenure_connector::{Certainty, ConnectorError, Cursor, ErrorKind, Object, Page, RateSignal, Result};
use tenure_scim::{CompareOp, Filter, Literal};

/// Where a walk through several lists, one behind the other, stands.
///
/// # Examples
///
/// ```
/// use tenure_connector::Cursor;
/// use tenure_connector_rest::Stage;
///
/// let begin = Stage::enter(None)?;
/// assert_eq!((begin.number, begin.inner), (0, None));
/// // The first of two lists is at its end: the walk goes on with the second.
/// let next = Stage::after(0, None, 2).ok_or("no next page")?;
/// let second = Stage::enter(Some(&next))?;
/// assert_eq!((second.number, second.inner), (1, None));
/// assert_eq!(Stage::after(1, None, 2), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Which list, from 0.
    pub number: usize,
    /// Where in this list; from its start when absent.
    pub inner: Option<Cursor>,
}

impl Stage {
    /// Reads a cursor of this walk.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when the cursor is not one of a walk.
    pub fn enter(cursor: Option<&Cursor>) -> Result<Self> {
        let Some(cursor) = cursor else { return Ok(Self { number: 0, inner: None }) };
        let text = cursor.as_str().strip_prefix(MARK).ok_or_else(foreign)?;
        let (number, inner) = match text.split_once(':') {
            Some((number, inner)) => (number, Some(Cursor::new(inner))),
            None => (text, None),
        };
        Ok(Self { number: number.parse().map_err(|_| foreign())?, inner })
    }

    /// The cursor behind a page of list `number` out of `lists`, where `inner` is the rest of that list.
    #[must_use]
    pub fn after(number: usize, inner: Option<Cursor>, lists: usize) -> Option<Cursor> {
        match inner {
            Some(inner) => Some(Cursor::new(format!("{MARK}{number}:{inner}"))),
            None if number + 1 < lists => Some(Cursor::new(format!("{MARK}{}", number + 1))),
            None => None,
        }
    }
}

/// Cuts a page out of objects that are all there, for a list that the vendor does not page.
///
/// The objects come in the order of their ids, and a cursor says behind which id the walk goes on: whoever goes or comes
/// between two pages, for which the whole is read each time, moves nobody else out of the walk.
///
/// # Errors
///
/// `InvalidInput`, when the cursor is not one of such a list.
pub fn slice(
    mut objects: Vec<Object>,
    inner: Option<&Cursor>,
    size: u32,
) -> Result<(Vec<Object>, Option<Cursor>)> {
    objects.sort_by(|one, other| one.object.id.cmp(&other.object.id));
    if let Some(cursor) = inner {
        let last = cursor.as_str().strip_prefix(BEHIND).ok_or_else(foreign)?;
        objects.drain(..objects.partition_point(|object| object.object.id.as_str() <= last));
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
    let more = objects.len() > size;
    objects.truncate(size);
    let last = objects.last().filter(|_| more);
    let next = last.map(|last| Cursor::new(format!("{BEHIND}{}", last.object.id)));
    Ok((objects, next))
}

/// A page of a walk that missed nothing.
#[must_use]
pub fn page(items: Vec<Object>, next: Option<Cursor>, rate: Option<RateSignal>) -> Page {
    Page { next, rate, ..Page::last(items) }
}

/// The attribute and the text of a filter that is a single equality on one of these attributes.
///
/// # Examples
///
/// ```
/// use tenure_scim::Filter;
///
/// let filter = Filter::parse("username eq \"anna\"")?;
/// let found = tenure_connector_rest::equality(&filter, &["userName"])?;
/// assert_eq!(found, ("userName", "anna"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `Unsupported`, for any other filter: a filter is never ignored.
pub fn equality<'a, 'n>(filter: &'a Filter, names: &[&'n str]) -> Result<(&'n str, &'a str)> {
    if let Filter::Compare(comparison) = filter
        && comparison.op == CompareOp::Eq
        && let Literal::String(text) = &comparison.value
    {
        let path = comparison.path.to_string();
        if let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(&path)) {
            return Ok((name, text));
        }
    }
    let detail = match names {
        [] => format!("expected no filter, found `{filter}`"),
        names => format!("expected `{} eq \"...\"`, found `{filter}`", names.join("` or `")),
    };
    Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail))
}

/// How a cursor of a walk begins.
const MARK: &str = "list-";
/// How a cursor of a list that is all there begins; the id of the last object follows.
const BEHIND: &str = "behind-";

pub(crate) fn foreign() -> ConnectorError {
    ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted)
        .with_attribute("cursor")
        .with_detail("expected a cursor that this connector made")
}

#[cfg(test)]
mod tests {
    use tenure_connector::{ObjectClass, ObjectRef};
    use tenure_scim::Resource;

    use super::*;

    #[test]
    fn a_cursor_of_another_maker_is_refused() {
        for text in ["", "list-", "list-x:1", "somebody"] {
            let error = Stage::enter(Some(&Cursor::new(text))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        }
        assert!(slice(Vec::new(), Some(&Cursor::new("x")), 1).is_err());
    }

    #[test]
    fn slices_give_each_object_once() {
        let objects: Vec<Object> = (0..5)
            .map(|n| Object::new(ObjectRef::new(ObjectClass::GROUP, n.to_string()), Resource::default()))
            .collect();
        let (mut seen, mut inner) = (Vec::new(), None);
        loop {
            let (items, next) = slice(objects.clone(), inner.as_ref(), 2).unwrap();
            seen.extend(items);
            match next {
                Some(next) => inner = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, objects);
    }

    #[test]
    fn whoever_goes_between_two_pages_takes_nobody_along() {
        let object = |id: &str| Object::new(ObjectRef::new(ObjectClass::GROUP, id), Resource::default());
        let (first, next) = slice(["d", "b", "a", "c"].map(object).into(), None, 2).unwrap();
        assert_eq!(first, ["a", "b"].map(object));
        let (second, next) = slice(["c", "d", "b"].map(object).into(), next.as_ref(), 1).unwrap();
        assert_eq!(second, ["c"].map(object));
        let (third, next) = slice(["d", "aa", "b"].map(object).into(), next.as_ref(), 1).unwrap();
        assert_eq!((third, next), (vec![object("d")], None));
    }

    #[test]
    fn only_an_equality_on_a_known_attribute_is_a_filter() {
        for text in
            ["title eq \"a\"", "userName co \"a\"", "userName eq \"a\" or userName eq \"b\"", "userName pr"]
        {
            let filter = Filter::parse(text).unwrap();
            let error = equality(&filter, &["userName", "externalId"]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        }
    }
}
