use std::collections::BTreeMap;

/// Counts calls in windows of time, as vendors' limits do.
///
/// # Examples
///
/// ```
/// use tenure_testkit::vendor::Windows;
///
/// let mut windows = Windows::default();
/// assert_eq!(windows.take("updates of 42", 2, 60, 1_000), Ok(1));
/// assert_eq!(windows.take("updates of 42", 2, 60, 1_010), Ok(0));
/// assert_eq!(windows.take("updates of 42", 2, 60, 1_020), Err(40));
/// assert_eq!(windows.take("updates of 42", 2, 60, 1_060), Ok(1));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows {
    open: BTreeMap<String, (i64, u64)>,
}

impl Windows {
    /// Takes one call out of a bucket: how many are left, or how many seconds until the window starts again.
    ///
    /// # Errors
    ///
    /// The seconds to wait, when the bucket is empty.
    pub fn take(&mut self, bucket: &str, limit: u64, seconds: i64, now: i64) -> Result<u64, i64> {
        let (start, used) = self.open.entry(bucket.to_owned()).or_insert((now, 0));
        if now >= *start + seconds {
            (*start, *used) = (now, 0);
        }
        if *used >= limit {
            return Err(*start + seconds - now);
        }
        *used += 1;
        Ok(limit - *used)
    }
}
