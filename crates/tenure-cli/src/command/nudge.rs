use tenure_engine::Wake;

/// Has everything read at once whenever the system sends SIGHUP, from now on and for as long as the future is polled.
#[cfg(unix)]
pub(super) fn signal(wake: Wake) -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let hangup = signal(SignalKind::hangup());
    async move {
        let Ok(mut hangup) = hangup else { return };
        while hangup.recv().await.is_some() {
            wake.wake_for_everything();
        }
    }
}

/// There is no such signal here.
#[cfg(not(unix))]
pub(super) async fn signal(_: Wake) {}
