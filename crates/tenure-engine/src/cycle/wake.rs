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
    woken: Option<Woken>,
    sleepers: Vec<Waker>,
}

/// How much a round looks at that somebody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Woken {
    Changes,
    Everything,
}

impl Wake {
    /// Makes a handle that has not been used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the next round as soon as the present one has ended. It reads what changed, from the systems that can tell.
    /// Waking twice before that is waking once.
    pub fn wake(&self) {
        self.start(Woken::Changes);
    }

    /// Starts the next round as soon as the present one has ended, and lets it read everything: a system that cannot tell what
    /// changed has something new, a file of the personnel department for instance.
    pub fn wake_for_everything(&self) {
        self.start(Woken::Everything);
    }

    fn start(&self, woken: Woken) {
        let sleepers = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.woken = state.woken.max(Some(woken));
            std::mem::take(&mut state.sleepers)
        };
        sleepers.into_iter().for_each(Waker::wake);
    }

    /// Waits until somebody wakes, and takes note of it.
    pub(crate) async fn woken(&self) -> Woken {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(woken) = state.woken.take() {
                return Poll::Ready(woken);
            }
            state.sleepers.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}
