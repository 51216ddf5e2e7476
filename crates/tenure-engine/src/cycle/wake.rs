use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// Lets something outside start the next round of [`run`](crate::Engine::run) at once: a webhook, a security event, a person.
///
/// # Examples
///
/// ```
/// use tenure_engine::Wake;
///
/// let wake = Wake::new();
/// let of_the_webhook = wake.clone();
/// of_the_webhook.wake();
/// ```
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    woken: bool,
    sleepers: Vec<Waker>,
}

impl Wake {
    /// Makes a handle that has not been used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the next round as soon as the present one has ended. Waking twice before that is waking once.
    pub fn wake(&self) {
        let sleepers = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.woken = true;
            std::mem::take(&mut state.sleepers)
        };
        sleepers.into_iter().for_each(Waker::wake);
    }

    /// Waits until somebody wakes, and takes note of it.
    pub(crate) async fn woken(&self) {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::take(&mut state.woken) {
                return Poll::Ready(());
            }
            state.sleepers.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
